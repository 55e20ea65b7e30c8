using EventLedger.Contracts.Envelopes;
using EventLedger.Contracts.Money;

namespace EventLedger.Accounts;

/// <summary>What becomes of an envelope. Pure: what is known arrives as arguments.</summary>
public static class UsageDecider
{
    private const string OpenedByUsage = "usage";

    /// <summary>The key that an envelope is booked under unless that key is taken by other content.</summary>
    public static Guid FirstId(UsageEnvelope envelope) => envelope is { NodeId: { } node, IdempotencyKey: { } key }
        ? EventId.OfNodeUsage(node, key)
        : EventId.OfUsage(envelope.CustomerId, envelope.RequestId);

    /// <summary>The key that it is booked under then, so that a charge with other content isn't lost.</summary>
    public static Guid SecondId(UsageEnvelope envelope) => envelope is { NodeId: { } node, IdempotencyKey: { } key }
        ? EventId.OfReusedNodeUsage(node, key, FingerprintOf(envelope))
        : EventId.OfReusedUsage(envelope.CustomerId, envelope.RequestId, FingerprintOf(envelope));

    /// <summary>The envelope's fingerprint as the ledger stores and compares it.</summary>
    public static Fingerprint FingerprintOf(UsageEnvelope envelope) => envelope.IsNodeRecord
        ? Fingerprint.OfRecord(envelope)
        : Fingerprint.Of(envelope, Asset.MicroOmr.ToString());

    /// <summary>Decides in order: repetition, other content under the same key, unknown customer, charge.</summary>
    /// <param name="envelope">What was observed.</param>
    /// <param name="first">Its <see cref="FirstId"/>.</param>
    /// <param name="account">The customer's account so far.</param>
    /// <param name="known">Finds the fingerprint of the event that an id was booked with; null if it never was.</param>
    /// <param name="refuseReuse">Whether other content under a known key is refused rather than charged.</param>
    public static UsageDecision Decide(
        UsageEnvelope envelope, Guid first, Account account, Func<Guid, Fingerprint?> known, bool refuseReuse)
    {
        var fingerprint = FingerprintOf(envelope);

        switch (known(first))
        {
            case null:
                return Charge(envelope, account, first, fingerprint, reused: false);
            case { } same when same == fingerprint:
                return new UsageDecision.Repeated(first);

            // Old rows lack the rest, so a difference is reported and never charged.
            case { IsOfImport: true } imported:
                return imported == Fingerprint.OfImport(envelope)
                    ? new UsageDecision.Repeated(first)
                    : new UsageDecision.Conflicting(first);
        }

        var second = SecondId(envelope);

        return known(second) is not null ? new UsageDecision.Repeated(second)
            : refuseReuse ? new UsageDecision.Conflicting(first)
            : Charge(envelope, account, second, fingerprint, reused: true);
    }

    /// <summary>What a charge of the old table becomes: the event that its envelope would have made.</summary>
    /// <param name="envelope">The charge as an envelope.</param>
    /// <param name="account">The customer's account.</param>
    public static (Guid Id, Fingerprint Fingerprint, UsageRecorded Usage) Import(
        UsageEnvelope envelope, Account account)
    {
        var fingerprint = Fingerprint.OfImport(envelope);
        return (FirstId(envelope), fingerprint, Record(envelope, account, fingerprint, reused: false));
    }

    private static UsageDecision Charge(
        UsageEnvelope envelope, Account account, Guid id, Fingerprint fingerprint, bool reused)
    {
        if (account.IsKnown)
        {
            return new UsageDecision.Charged(id, fingerprint, null, Record(envelope, account, fingerprint, reused));
        }

        if (envelope.TenantId is not { } tenant)
        {
            return new UsageDecision.UnknownCustomer();
        }

        var opened = new AccountOpened(tenant, OpenedByUsage);
        account = Account.Evolve(account, opened);
        return new UsageDecision.Charged(id, fingerprint, opened, Record(envelope, account, fingerprint, reused));
    }

    private static UsageRecorded Record(
        UsageEnvelope envelope, Account account, Fingerprint fingerprint, bool reused) => new()
        {
            Amount = envelope.Charge.Amount,
            Asset = envelope.Charge.Asset.ToString(),
            Reason = envelope.Reason,
            RequestId = envelope.RequestId,
            Fingerprint = fingerprint.ToString(),
            TenantId = envelope.TenantId,
            Model = envelope.Model,
            TokensUsed = envelope.TokensUsed,
            PromptTokens = envelope.PromptTokens,
            CompletionTokens = envelope.CompletionTokens,
            CachedTokens = envelope.CachedTokens,
            ReasoningTokens = envelope.ReasoningTokens,
            LatencyMs = envelope.LatencyMs,
            CompletedAt = envelope.CompletedAt is { } completedAt ? EnvelopeWriter.TimeText(completedAt) : null,
            Endpoint = envelope.Endpoint,
            Stream = envelope.Stream,
            UsageSource = envelope.UsageSource,
            PriceBook = envelope.PriceBook,
            ObservationId = envelope.ObservationId,
            Source = envelope.Source,
            Epoch = envelope.Epoch,
            Sequence = envelope.Sequence,
            NodeId = envelope.NodeId,
            IdempotencyKey = envelope.IdempotencyKey,
            ResourceKind = envelope.ResourceKind,
            Description = envelope.Description,
            AmountsDiffer = envelope.AmountsDiffer,
            RequestIdReused = reused,
            TenantDiffers = envelope.TenantId is { } named && named != account.TenantId,
            AfterClosing = account.IsClosed,
            Extra = envelope.Extra,
        };
}
