using System.Text.Json.Serialization;

namespace EventLedger.Accounts;

// Written once, read for ever: add optional fields only; a change of meaning is a new event.

/// <summary>A fact on a customer's stream. The stream is the customer, the block the time.</summary>
public abstract record AccountEvent;

/// <summary>The customer was seen for the first time.</summary>
/// <param name="TenantId">The tenant that the account belongs to from now on.</param>
/// <param name="OpenedBy">What brought it: <c>usage</c>.</param>
public sealed record AccountOpened(string TenantId, string OpenedBy) : AccountEvent;

/// <summary>One billable response, or one record of a node, was charged.</summary>
public sealed record UsageRecorded : AccountEvent
{
    /// <summary>The charge in the asset's smallest unit, below zero.</summary>
    public required long Amount { get; init; }

    /// <summary>The asset that <see cref="Amount"/> counts, <c>OMR/6</c>.</summary>
    public required string Asset { get; init; }

    /// <summary>What was charged for.</summary>
    public required string Reason { get; init; }

    /// <summary>The request that was charged.</summary>
    public required string RequestId { get; init; }

    /// <summary>What a repetition must equal to be the same charge; 16 hexadecimal digits.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The tenant that the envelope named, which need not be the account's.</summary>
    public string? TenantId { get; init; }

    /// <summary>The model that answered.</summary>
    public string? Model { get; init; }

    /// <summary>All tokens of the response.</summary>
    public long? TokensUsed { get; init; }

    /// <summary>Tokens of the prompt, cached ones included.</summary>
    public long? PromptTokens { get; init; }

    /// <summary>Tokens of the answer, reasoning included.</summary>
    public long? CompletionTokens { get; init; }

    /// <summary>Prompt tokens that came from a cache.</summary>
    public long? CachedTokens { get; init; }

    /// <summary>Answer tokens spent on reasoning.</summary>
    public long? ReasoningTokens { get; init; }

    /// <summary>From request to last byte, in milliseconds.</summary>
    public long? LatencyMs { get; init; }

    /// <summary>When the response ended, UTC; what usage reports by day go by.</summary>
    public string? CompletedAt { get; init; }

    /// <summary>The path that was called.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Whether the response was streamed.</summary>
    public bool? Stream { get; init; }

    /// <summary>Where the numbers come from: <c>upstream</c>, <c>estimated</c> or <c>partial</c>.</summary>
    public string? UsageSource { get; init; }

    /// <summary>The version of the price book that priced it.</summary>
    public string? PriceBook { get; init; }

    /// <summary>Unique for each observed response.</summary>
    public string? ObservationId { get; init; }

    /// <summary>The producer that observed it.</summary>
    public string? Source { get; init; }

    /// <summary>The producer's life that <see cref="Sequence"/> counts in.</summary>
    public string? Epoch { get; init; }

    /// <summary>Gapless from 1 within source and epoch.</summary>
    public long? Sequence { get; init; }

    /// <summary>The node that recorded it.</summary>
    public string? NodeId { get; init; }

    /// <summary>The node's own key for the record.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>What a node's record is of, <c>llm_tokens</c>.</summary>
    public string? ResourceKind { get; init; }

    /// <summary>What a node's record was, for people.</summary>
    public string? Description { get; init; }

    /// <summary>Marks an envelope whose two amounts disagreed; micro-OMR counted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AmountsDiffer { get; init; }

    /// <summary>Marks a second charge under a request id that was already booked with other content.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool RequestIdReused { get; init; }

    /// <summary>Marks an envelope that named another tenant than the account's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool TenantDiffers { get; init; }

    /// <summary>Fields that nobody knew when it was booked, as the text of one JSON object.</summary>
    public string? Extra { get; init; }
}
