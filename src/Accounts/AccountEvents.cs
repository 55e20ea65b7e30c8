using System.Text.Json.Serialization;

namespace EventLedger.Accounts;

// Written once, read for ever: add optional fields only; a change of meaning is a new event.

/// <summary>A fact on a customer's stream. The stream is the customer, the block the time.</summary>
public abstract record AccountEvent;

/// <summary>The customer was seen for the first time.</summary>
/// <param name="TenantId">The tenant that the account belongs to from now on.</param>
/// <param name="OpenedBy">What brought it: <c>usage</c>, <c>credit</c> or <c>legacy</c>.</param>
public sealed record AccountOpened(string TenantId, string OpenedBy) : AccountEvent;

/// <summary>An operator closed the account. It stays readable; what is still charged to it is marked.</summary>
/// <param name="Reason">Why.</param>
/// <param name="ClosedBy">The operator.</param>
/// <param name="Fingerprint">What a repetition must equal to be the same closing; 16 hexadecimal digits.</param>
public sealed record AccountClosed(string Reason, string ClosedBy, string Fingerprint) : AccountEvent;

/// <summary>An operator gave the account to another tenant.</summary>
/// <param name="TenantId">The tenant that the account belongs to from now on.</param>
/// <param name="Reason">Why.</param>
/// <param name="ChangedBy">The operator.</param>
public sealed record AccountTenantChanged(string TenantId, string Reason, string ChangedBy) : AccountEvent;

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

    /// <summary>Marks a charge to an account that was closed before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AfterClosing { get; init; }

    /// <summary>Fields that nobody knew when it was booked, as the text of one JSON object.</summary>
    public string? Extra { get; init; }
}

/// <summary>A row of the old table came over as it was, whatever its status.</summary>
public sealed record LegacyEntryImported : AccountEvent
{
    /// <summary>The row's own id.</summary>
    public required string LegacyId { get; init; }

    /// <summary>The row's whole OMR. The row is worth this and <see cref="AmountMicroOmr"/> together.</summary>
    public required long AmountOmr { get; init; }

    /// <summary>The row's micro-OMR; 0 in tables that had whole OMR only.</summary>
    public required long AmountMicroOmr { get; init; }

    /// <summary>What a repetition must equal to be the same row; 16 hexadecimal digits.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>What the row was for.</summary>
    public string? Reason { get; init; }

    /// <summary>The order that it belonged to.</summary>
    public string? OrderId { get; init; }

    /// <summary>What had become of it.</summary>
    public string? Status { get; init; }

    /// <summary>When it was written, UTC; what reports by day go by.</summary>
    public string? CreatedAt { get; init; }

    /// <summary>What the row referred to elsewhere.</summary>
    public string? ExternalRef { get; init; }

    /// <summary>The row's metadata, as the text of one JSON object.</summary>
    public string? Extra { get; init; }
}

/// <summary>A charge was priced anew: this is the difference, beside the charge that stays as it is.</summary>
public sealed record UsageCorrected : AccountEvent
{
    /// <summary>What the charge costs more, below zero, or less, in the asset's smallest unit.</summary>
    public required long Amount { get; init; }

    /// <summary>The asset that <see cref="Amount"/> counts, <c>OMR/6</c>.</summary>
    public required string Asset { get; init; }

    /// <summary>The id of the charge.</summary>
    public required string Corrects { get; init; }

    /// <summary>The version of the price book that it is right by.</summary>
    public required string PriceBook { get; init; }

    /// <summary>The charge's model.</summary>
    public string? Model { get; init; }

    /// <summary>When the charged response ended, UTC: the day that the correction belongs to.</summary>
    public string? CompletedAt { get; init; }
}
