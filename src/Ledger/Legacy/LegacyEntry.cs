using EventLedger.Accounts;
using EventLedger.Contracts.Envelopes;
using EventLedger.Contracts.Money;
using EventLedger.Ledger.Booking;

namespace EventLedger.Ledger.Legacy;

/// <summary>What a row of the old table becomes. Pure, so that a row becomes the same event each time.</summary>
internal static class LegacyEntry
{
    private static readonly string MicroOmr = Asset.MicroOmr.ToString();

    /// <summary>What a row may become, or why it can't be imported.</summary>
    public static (LegacyCandidate? Candidate, string? Refusal) Of(LegacyRow row)
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

        return (new LegacyCandidate(row, ChargeOf(row)), null);
    }

    /// <summary>A row as nothing but itself, under a key.</summary>
    public static BulkEntry OwnOf(LegacyRow row, Guid id)
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
        return new(NewEvents.Of(row.UserId!, id, fingerprint, imported), MicroOmr, amount);
    }

    private static bool Fits(Int128 amount) => amount >= long.MinValue && amount <= long.MaxValue;

    private static BulkEntry? ChargeOf(LegacyRow row)
    {
        var amount = (long)row.WorthMicroOmr;

        if (amount >= 0
            || string.IsNullOrWhiteSpace(row.ExternalRef)
            || LegacyEnvelope.Of(row, amount) is not { } envelope)
        {
            return null;
        }

        var (id, fingerprint, usage) = UsageDecider.Import(envelope, new Account(row.TenantId ?? ""));
        return new(NewEvents.Of(row.UserId!, id, fingerprint, usage), MicroOmr, amount);
    }
}
