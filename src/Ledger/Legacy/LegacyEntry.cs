using EventLedger.Accounts;
using EventLedger.Contracts.Envelopes;
using EventLedger.Contracts.Money;
using EventLedger.EventStore.Appending;
using EventLedger.Ledger.Booking;
using EventId = EventLedger.Accounts.EventId;

namespace EventLedger.Ledger.Legacy;

/// <summary>What a row of the old table becomes. Pure, so that a row becomes the same event each time.</summary>
internal static class LegacyEntry
{
    private static readonly string MicroOmr = Asset.MicroOmr.ToString();

    /// <summary>The entry, or why there can't be one.</summary>
    public static (BulkEntry? Entry, string? Refusal) Of(LegacyRow row)
    {
        if (!row.HasCustomer)
        {
            return (null, $"there is no customer {row.CustomerId?.ToString() ?? "(null)"}");
        }

        if (!LegacyCustomer.IsUsable(row.UserId))
        {
            return (null, $"customer {row.CustomerId} has no user_id that can name an account");
        }

        // Each part by itself as well: SQL adds the two up in 64 bits.
        if (!Fits((Int128)row.AmountOmr * Omr.MicroPerOmr) || !Fits(row.WorthMicroOmr))
        {
            return (null, $"is worth {row.WorthMicroOmr} micro-OMR, outside 64 bits");
        }

        return (ChargeOf(row) ?? EntryOf(row), null);
    }

    private static bool Fits(Int128 amount) => amount >= long.MinValue && amount <= long.MaxValue;

    // A second charge of a request can't have the request's key; it keeps its own, and so its money.
    private static BulkEntry? ChargeOf(LegacyRow row)
    {
        var amount = (long)row.WorthMicroOmr;

        if (amount >= 0
            || row.IsFurtherCharge
            || string.IsNullOrWhiteSpace(row.ExternalRef)
            || LegacyEnvelope.Of(row, amount) is not { } envelope)
        {
            return null;
        }

        var (id, fingerprint, usage) = UsageDecider.Import(envelope, new Account(row.TenantId ?? ""));
        return Booked(row, id, fingerprint, amount, usage);
    }

    private static BulkEntry EntryOf(LegacyRow row)
    {
        var amount = (long)row.WorthMicroOmr;
        var fingerprint = Fingerprint.OfImport(amount, MicroOmr);
        var imported = new LegacyEntryImported
        {
            LegacyId = row.Id.ToString("D"),
            AmountOmr = row.AmountOmr,
            AmountMicroOmr = row.AmountMicroOmr,
            Fingerprint = fingerprint.ToString(),
            Reason = row.Reason,
            OrderId = row.OrderId,
            Status = row.Status,
            CreatedAt = row.CreatedAt is { } created ? EnvelopeWriter.TimeText(created) : null,
            ExternalRef = row.ExternalRef,
            Extra = row.Metadata,
        };
        return Booked(row, EventId.OfLegacy(row.UserId!, row.Id), fingerprint, amount, imported);
    }

    private static BulkEntry Booked(
        LegacyRow row, Guid id, Fingerprint fingerprint, long amount, AccountEvent @event)
    {
        var (type, dotnetType, data) = AccountCodec.Encode(@event);
        return new(
            new NewEvent(row.UserId!, id, fingerprint.Value, type, dotnetType, data), MicroOmr, amount);
    }
}
