using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventLedger.Contracts.Envelopes;

/// <summary>
/// The envelope exactly as its JSON has it, names in snake_case. Other producers send these names too: they never
/// change. Amounts are <see cref="decimal"/>, which reads a JSON number from its digits.
/// </summary>
internal sealed class WireEnvelope
{
    public string? CustomerId { get; set; }
    public decimal? AmountOmr { get; set; }
    public decimal? AmountMicroOmr { get; set; }
    public string? Reason { get; set; }
    public WireMetadata? Metadata { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

internal sealed class WireMetadata
{
    public long? TokensUsed { get; set; }
    public string? Model { get; set; }
    public string? RequestId { get; set; }
    public string? TenantId { get; set; }

    /// <summary>Some producers send fractions of a millisecond.</summary>
    public decimal? LatencyMs { get; set; }

    /// <summary>Text, because a time without an offset must not take this machine's.</summary>
    public string? CompletedAt { get; set; }

    public long? PromptTokens { get; set; }
    public long? CompletionTokens { get; set; }
    public long? CachedTokens { get; set; }
    public long? ReasoningTokens { get; set; }
    public string? Endpoint { get; set; }
    public bool? Stream { get; set; }
    public string? UsageSource { get; set; }
    public string? PriceBook { get; set; }
    public string? ObservationId { get; set; }
    public string? Source { get; set; }
    public string? Epoch { get; set; }
    public long? Sequence { get; set; }
    public string? NodeId { get; set; }
    public string? IdempotencyKey { get; set; }
    public decimal? Amount { get; set; }
    public string? Asset { get; set; }
    public string? ResourceKind { get; set; }
    public string? Description { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    MaxDepth = EnvelopeReader.DepthMax)]
[JsonSerializable(typeof(WireEnvelope))]
internal sealed partial class WireJson : JsonSerializerContext;
