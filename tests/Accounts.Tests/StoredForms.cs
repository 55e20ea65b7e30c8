using System.Text;

namespace EventLedger.Accounts.Tests;

/// <summary>What is stored is read for ever: these values change only with a new version beside the old one.</summary>
public class StoredForms
{
    private static readonly UsageRecorded Usage = new()
    {
        Amount = -2340,
        Asset = "OMR/6",
        Reason = "usage:newapi:é",
        RequestId = "req-1",
        Fingerprint = "0123456789abcdef",
        TokensUsed = 0,
        Stream = false,
        TenantDiffers = true,
    };

    [Fact]
    public void Usage_is_stored_under_its_names_in_their_order_without_what_is_unknown()
    {
        AccountCodec.Encode(Usage).Type.ShouldBe("usage_recorded");
        Encoding.UTF8.GetString(AccountCodec.Encode(Usage).Data).ShouldBe(
            """
            {"amount":-2340,"asset":"OMR/6","fingerprint":"0123456789abcdef","reason":"usage:newapi:é",
            "request_id":"req-1","stream":false,"tenant_differs":true,"tokens_used":0}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public void An_opening_is_stored_under_its_names()
    {
        var opened = new AccountOpened("tenant-acme", "usage");

        AccountCodec.Encode(opened).Type.ShouldBe("account_opened");
        Encoding.UTF8.GetString(AccountCodec.Encode(opened).Data)
            .ShouldBe("""{"opened_by":"usage","tenant_id":"tenant-acme"}""");
    }

    [Fact]
    public void What_operators_book_is_stored_under_its_names()
    {
        var undone = new Guid("dc21ee6c-94c2-dd08-4a3f-bad18f6f1e40");

        ShouldBeStored(
            new CreditGranted
            {
                Amount = 5,
                Asset = "USD/2",
                Reason = "top-up",
                GrantId = "g",
                GrantedBy = "op",
                Fingerprint = "f",
                AfterClosing = true,
            },
            "credit_granted",
            """
            {"after_closing":true,"amount":5,"asset":"USD/2","fingerprint":"f","grant_id":"g","granted_by":"op",
            "reason":"top-up"}
            """);
        ShouldBeStored(
            new UsageReversed
            {
                Amount = 5,
                Asset = "OMR/6",
                Reason = "twice",
                Reverses = undone,
                ReversedType = "usage_recorded",
                ReversedBy = "op",
                Fingerprint = "f",
            },
            "usage_reversed",
            """
            {"amount":5,"asset":"OMR/6","fingerprint":"f","reason":"twice","reversed_by":"op",
            "reversed_type":"usage_recorded","reverses":"dc21ee6c-94c2-dd08-4a3f-bad18f6f1e40"}
            """);
        ShouldBeStored(
            new AccountClosed("left", "op", "f"), "account_closed",
            """{"closed_by":"op","fingerprint":"f","reason":"left"}""");
        ShouldBeStored(
            new AccountTenantChanged("t", "merger", "op"), "account_tenant_changed",
            """{"changed_by":"op","reason":"merger","tenant_id":"t"}""");
    }

    [Fact]
    public void An_old_row_is_stored_under_its_names()
    {
        var imported = new LegacyEntryImported
        {
            LegacyId = "row-1",
            AmountOmr = -3,
            AmountMicroOmr = 0,
            Fingerprint = Fingerprint.OfImport(-3_000_000, "OMR/6").ToString(),
            Status = "settled",
        };

        AccountCodec.Encode(imported).Type.ShouldBe("legacy_entry_imported");
        Encoding.UTF8.GetString(AccountCodec.Encode(imported).Data).ShouldBe(
            """
            {"amount_micro_omr":0,"amount_omr":-3,"fingerprint":"FINGERPRINT","legacy_id":"row-1","status":"settled"}
            """.Replace("FINGERPRINT", imported.Fingerprint));
        AccountCodec.Decode("legacy_entry_imported", AccountCodec.Encode(imported).Data).ShouldBe(imported);
    }

    [Fact]
    public void What_was_stored_is_read_back()
    {
        AccountCodec.Decode("usage_recorded", AccountCodec.Encode(Usage).Data).ShouldBe(Usage);
        AccountCodec.Decode("account_opened", """{"tenant_id":"t","opened_by":"usage","later":1}"""u8)
            .ShouldBe(new AccountOpened("t", "usage"));
    }

    [Fact]
    public void An_unknown_event_stops_the_reader() =>
        Should.Throw<NotSupportedException>(() => AccountCodec.Decode("account_renamed", "{}"u8))
            .Message.ShouldContain("account_renamed");

    [Fact]
    public void Ids_are_what_they_always_were()
    {
        EventId.OfUsage("c-1", "req-1").ShouldBe(new Guid("dc21ee6c-94c2-dd08-4a3f-bad18f6f1e40"));
        EventId.OfOpening("c-1").ShouldBe(new Guid("608d002b-b535-c142-c9cb-5362bf92bae9"));
        EventId.OfLegacy("c-1", new Guid("00000000-0000-4000-8000-000000000001"))
            .ShouldBe(new Guid("c644fe42-7097-e458-0178-f37eed3487a0"));
        EventId.OfNodeUsage("node-a", "k-1").ShouldBe(new Guid("2d3fa2fd-5143-df35-4112-874e76bf0cc5"));
        EventId.OfGrant("c-1", "g-1").ShouldBe(new Guid("e45ce589-6b8f-4848-76ba-a2ba7076e09d"));
        EventId.OfReversal("c-1", EventId.OfUsage("c-1", "req-1"))
            .ShouldBe(new Guid("afb3450c-3691-2404-150d-33e69276297a"));
        EventId.OfClosing("c-1").ShouldBe(new Guid("828799f1-bcb5-5caf-b976-b4130eed0323"));
        EventId.OfTenantChange("c-1", 7).ShouldBe(new Guid("828f8575-7bfb-883b-9d1b-4ac1f05e2f98"));
    }

    [Fact]
    public void Parts_don_t_run_into_each_other() =>
        EventId.OfUsage("ab", "c").ShouldNotBe(EventId.OfUsage("a", "bc"));

    private static void ShouldBeStored(AccountEvent @event, string type, string data)
    {
        var stored = AccountCodec.Encode(@event);

        stored.Type.ShouldBe(type);
        stored.DotnetType.ShouldBe($"EventLedger.Accounts.{@event.GetType().Name}, EventLedger.Accounts");
        Encoding.UTF8.GetString(stored.Data).ShouldBe(data.ReplaceLineEndings(""));
        AccountCodec.Decode(type, stored.Data).ShouldBe(@event);
    }
}
