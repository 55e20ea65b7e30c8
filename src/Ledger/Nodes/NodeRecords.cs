using EventLedger.Contracts.Envelopes;
using EventLedger.Contracts.Money;
using EventLedger.NodeBilling.Otoml;

namespace EventLedger.Ledger.Nodes;

/// <summary>Turns records of nodes into what is booked.</summary>
/// <param name="asset">What their amounts count.</param>
/// <param name="tenant">The tenant that unknown users are opened under; null for the record's node.</param>
internal sealed class NodeRecords(Asset asset, string? tenant)
{
    private const string ReasonPrefix = "usage:node:";

    /// <summary>What they count.</summary>
    public Asset Asset => asset;

    /// <summary>The record as an envelope, which would be the same event on the broker's rail.</summary>
    /// <param name="record">A record that obeys <see cref="RecordRules"/>.</param>
    /// <param name="completedAt">When it was used; null where the event's own time says so.</param>
    public UsageEnvelope ToEnvelope(NodeUsageRecord record, DateTimeOffset? completedAt) => new()
    {
        CustomerId = record.UserSid,
        AmountMicroOmr = asset == Asset.MicroOmr ? -record.AmountCents : 0,
        NodeAmount = new(-record.AmountCents, asset),
        Reason = ReasonPrefix + record.ResourceKind,
        RequestId = record.IdempotencyKey,
        TenantId = tenant ?? record.NodeId,
        CompletedAt = completedAt,
        NodeId = record.NodeId,
        IdempotencyKey = record.IdempotencyKey,
        ResourceKind = record.ResourceKind,
        Description = record.Description,
    };
}
