using EventLedger.Contracts.Money;

namespace EventLedger.Contracts.Envelopes;

/// <summary>One billable response, as it travels from a producer to the ledger.</summary>
public sealed record UsageEnvelope
{
    /// <summary>Whose account is charged; the key of the customer's stream.</summary>
    public required string CustomerId { get; init; }

    /// <summary>The charge in micro-OMR; negative is spend. <see cref="EnvelopeReader"/> takes nothing else.</summary>
    public required long AmountMicroOmr { get; init; }

    /// <summary>What was charged for: <c>usage:newapi:</c> and the model, trimmed and lower-cased.</summary>
    public required string Reason { get; init; }

    /// <summary>The client's or the proxy's name for the request; what makes booking it again harmless.</summary>
    public required string RequestId { get; init; }

    /// <summary>The tenant that an unknown customer is opened under.</summary>
    public string? TenantId { get; init; }

    /// <summary>The model that answered.</summary>
    public string? Model { get; init; }

    /// <summary>All tokens of the response; what the price applies to.</summary>
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

    /// <summary>When the response ended.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The path that was called, <c>/v1/chat/completions</c>.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Whether the response was streamed.</summary>
    public bool? Stream { get; init; }

    /// <summary>Where the numbers come from: <c>upstream</c>, <c>estimated</c> or <c>partial</c>.</summary>
    public string? UsageSource { get; init; }

    /// <summary>The version of the price book that priced it.</summary>
    public string? PriceBook { get; init; }

    /// <summary>Unique for each observed response, also where a client repeats its request id.</summary>
    public string? ObservationId { get; init; }

    /// <summary>The producer that observed it.</summary>
    public string? Source { get; init; }

    /// <summary>The producer's life that <see cref="Sequence"/> counts in.</summary>
    public string? Epoch { get; init; }

    /// <summary>Gapless from 1 within source and epoch, so that the ledger can name what never came.</summary>
    public long? Sequence { get; init; }

    /// <summary>The node that recorded it; with <see cref="IdempotencyKey"/> it identifies a node's record.</summary>
    public string? NodeId { get; init; }

    /// <summary>The node's own key for the record.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>What was used, <c>llm_tokens</c>; of a node's record.</summary>
    public string? ResourceKind { get; init; }

    /// <summary>What it was, for people; of a node's record.</summary>
    public string? Description { get; init; }

    /// <summary>
    /// The charge where it is in the nodes' asset; only a node's record has one, and it counts instead of micro-OMR.
    /// </summary>
    public AssetAmount? NodeAmount { get; init; }

    /// <summary>Whether <c>amount_omr</c> said something else than <c>amount_micro_omr</c>, which counts.</summary>
    public bool AmountsDiffer { get; init; }

    /// <summary>Fields that this version doesn't know, verbatim, as the text of one JSON object.</summary>
    public string? Extra { get; init; }

    /// <summary>What is charged.</summary>
    public AssetAmount Charge => NodeAmount ?? new(AmountMicroOmr, Asset.MicroOmr);

    /// <summary>Whether it is a node's record, which node and key identify on every rail.</summary>
    public bool IsNodeRecord => NodeId is not null && IdempotencyKey is not null;

    /// <summary>The reason of a charge for <paramref name="model"/>.</summary>
    public static string ReasonFor(string? model) =>
        "usage:newapi:" + (model?.Trim().ToLowerInvariant() is { Length: > 0 } name ? name : "unknown");
}
