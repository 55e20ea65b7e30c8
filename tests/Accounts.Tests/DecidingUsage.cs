using EventLedger.Contracts.Envelopes;

namespace EventLedger.Accounts.Tests;

public class DecidingUsage
{
    private static readonly Account Open = new("tenant-acme");

    private static readonly UsageEnvelope Envelope = new()
    {
        CustomerId = "c-1",
        AmountMicroOmr = -2340,
        Reason = "usage:newapi:qwen3-coder",
        RequestId = "req-1",
        TokensUsed = 15,
        Model = "qwen3-coder",
    };

    [Fact]
    public void Usage_of_a_known_customer_is_charged()
    {
        var charged = Decide(Envelope, Open).ShouldBeOfType<UsageDecision.Charged>();

        charged.Opened.ShouldBeNull();
        charged.Id.ShouldBe(EventId.OfUsage("c-1", "req-1"));
        charged.Usage.Amount.ShouldBe(-2340);
        charged.Usage.Asset.ShouldBe("OMR/6");
        charged.Usage.RequestIdReused.ShouldBeFalse();
    }

    [Fact]
    public void An_unknown_customer_with_a_tenant_is_opened_and_charged()
    {
        var charged = Decide(Envelope with { TenantId = "t" }, Account.Initial).ShouldBeOfType<UsageDecision.Charged>();

        charged.Opened.ShouldBe(new AccountOpened("t", "usage"));
        charged.Usage.TenantDiffers.ShouldBeFalse();
    }

    [Fact]
    public void An_unknown_customer_without_a_tenant_is_not_placed() =>
        Decide(Envelope, Account.Initial).ShouldBeOfType<UsageDecision.UnknownCustomer>();

    [Theory, InlineData(true), InlineData(false)]
    public void The_same_again_is_a_repetition_on_both_paths(bool refuseReuse) =>
        Decide(Envelope, Open, refuseReuse, Booked(Envelope))
            .ShouldBe(new UsageDecision.Repeated(EventId.OfUsage("c-1", "req-1")));

    [Fact]
    public void A_repetition_comes_before_an_unknown_customer() =>
        Decide(Envelope, Account.Initial, known: Booked(Envelope)).ShouldBeOfType<UsageDecision.Repeated>();

    [Fact]
    public void Other_content_under_a_booked_request_is_charged_and_marked()
    {
        var other = Envelope with { ObservationId = "o-2" };
        var charged = Decide(other, Open, known: Booked(Envelope)).ShouldBeOfType<UsageDecision.Charged>();

        charged.Usage.RequestIdReused.ShouldBeTrue();
        charged.Id.ShouldNotBe(EventId.OfUsage("c-1", "req-1"));
    }

    [Fact]
    public void Other_content_under_a_booked_request_conflicts_where_reuse_is_refused() =>
        Decide(Envelope with { AmountMicroOmr = -1 }, Open, refuseReuse: true, Booked(Envelope))
            .ShouldBe(new UsageDecision.Conflicting(EventId.OfUsage("c-1", "req-1")));

    [Theory, InlineData(true), InlineData(false)]
    public void The_marked_one_again_is_a_repetition_on_both_paths(bool refuseReuse)
    {
        var other = Envelope with { ObservationId = "o-2" };
        var marked = (UsageDecision.Charged)Decide(other, Open, known: Booked(Envelope));

        Decide(other, Open, refuseReuse, id => id == marked.Id ? marked.Fingerprint : Booked(Envelope)(id))
            .ShouldBe(new UsageDecision.Repeated(marked.Id));
    }

    [Fact]
    public void Another_tenant_is_charged_and_marked()
    {
        var charged = Decide(Envelope with { TenantId = "other" }, Open).ShouldBeOfType<UsageDecision.Charged>();

        charged.Usage.TenantDiffers.ShouldBeTrue();
        charged.Opened.ShouldBeNull();
    }

    [Fact]
    public void A_node_record_is_the_same_event_whoever_the_customer_is()
    {
        var record = Envelope with { NodeId = "node-a", IdempotencyKey = "k-1" };

        UsageDecider.FirstId(record).ShouldBe(EventId.OfNodeUsage("node-a", "k-1"));
        UsageDecider.FirstId(record with { CustomerId = "c-2" }).ShouldBe(UsageDecider.FirstId(record));
    }

    [Fact]
    public void A_node_record_is_a_repetition_on_either_rail_and_other_content_isn_t()
    {
        var record = Envelope with
        {
            NodeId = "node-a",
            IdempotencyKey = "k-1",
            NodeAmount = new(-12, new("USD", 2)),
            Description = "chat",
        };

        Decide(record with { Reason = "x", Description = null, Model = null }, Open, true, Booked(record))
            .ShouldBeOfType<UsageDecision.Repeated>();
        Decide(record with { CustomerId = "c-2" }, Open, true, Booked(record))
            .ShouldBeOfType<UsageDecision.Conflicting>();
        Decide(record with { NodeAmount = new(-13, new("USD", 2)) }, Open, true, Booked(record))
            .ShouldBeOfType<UsageDecision.Conflicting>();
        Decide(record with { NodeAmount = new(-12, new("EUR", 2)) }, Open, true, Booked(record))
            .ShouldBeOfType<UsageDecision.Conflicting>();
    }

    [Fact]
    public void A_node_record_is_charged_in_its_own_asset()
    {
        var record = Envelope with
        {
            NodeId = "node-a",
            IdempotencyKey = "k-1",
            NodeAmount = new(-12, new("USD", 2)),
        };

        var usage = Decide(record, Open).ShouldBeOfType<UsageDecision.Charged>().Usage;

        (usage.Amount, usage.Asset).ShouldBe((-12, "USD/2"));
    }

    [Fact]
    public void Each_field_that_makes_the_content_changes_the_fingerprint()
    {
        UsageEnvelope[] others =
        [
            Envelope with { AmountMicroOmr = -2341 }, Envelope with { Reason = "x" }, Envelope with { TokensUsed = 16 },
            Envelope with { Model = "m" }, Envelope with { TenantId = "t" }, Envelope with { ObservationId = "o" },
        ];

        others.Select(UsageDecider.FingerprintOf).Append(UsageDecider.FingerprintOf(Envelope)).ShouldBeUnique();
        UsageDecider.FingerprintOf(Envelope with { LatencyMs = 9 }).ShouldBe(UsageDecider.FingerprintOf(Envelope));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Against_an_imported_row_only_the_amount_is_compared_and_a_difference_never_charged(bool refuseReuse)
    {
        var (id, fingerprint, usage) = UsageDecider.Import(Envelope, Open);
        id.ShouldBe(UsageDecider.FirstId(Envelope));
        usage.Fingerprint.ShouldBe(fingerprint.ToString());
        Fingerprint? Imported(Guid asked) => asked == id ? fingerprint : null;

        Decide(Envelope with { ObservationId = "o", Reason = "x", TokensUsed = 1 }, Open, refuseReuse, Imported)
            .ShouldBe(new UsageDecision.Repeated(id));
        Decide(Envelope with { AmountMicroOmr = -1 }, Open, refuseReuse, Imported)
            .ShouldBe(new UsageDecision.Conflicting(id));
    }

    private static UsageDecision Decide(
        UsageEnvelope envelope, Account account, bool refuseReuse = false, Func<Guid, Fingerprint?>? known = null) =>
        UsageDecider.Decide(envelope, UsageDecider.FirstId(envelope), account, known ?? (_ => null), refuseReuse);

    private static Func<Guid, Fingerprint?> Booked(UsageEnvelope envelope) =>
        id => id == UsageDecider.FirstId(envelope) ? UsageDecider.FingerprintOf(envelope) : null;
}
