namespace EventLedger.NodeBilling.Otoml;

/// <summary>One usage that a node recorded, as it travels through the repository.</summary>
public sealed record NodeUsageRecord
{
    /// <summary>The longest name (node, user, kind of resource), in characters; as in an envelope.</summary>
    public const int NameLengthMax = 512;

    /// <summary>The longest of the other texts, in characters; as in an envelope.</summary>
    public const int TextLengthMax = 8192;

    /// <summary>What was used, in the smallest unit of the nodes' asset; above zero.</summary>
    public required long AmountCents { get; init; }

    /// <summary>When the node recorded it. A file keeps microseconds, in UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What it was, for people.</summary>
    public string Description { get; init; } = "";

    /// <summary>The event that the node's own ledger keeps it as; null where another producer wrote it.</summary>
    public Guid? EventId { get; init; }

    /// <summary>The node's own key for the record.</summary>
    public required string IdempotencyKey { get; init; }

    /// <summary>The node that recorded it.</summary>
    public required string NodeId { get; init; }

    /// <summary>The position of <see cref="EventId"/> in the node's own ledger.</summary>
    public long? Position { get; init; }

    /// <summary>What was used, <c>llm_tokens</c>.</summary>
    public required string ResourceKind { get; init; }

    /// <summary>Whose account is charged.</summary>
    public required string UserSid { get; init; }
}
