using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventLedger.Contracts.Money;

namespace EventLedger.Contracts.Envelopes;

/// <summary>Writes an envelope in the form that <see cref="EnvelopeReader"/> and older readers take.</summary>
public static class EnvelopeWriter
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Appends the envelope's JSON to <paramref name="output"/>. What is null is left out.</summary>
    public static void Write(UsageEnvelope envelope, IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, Options);
        JsonSerializer.Serialize(json, ToWire(envelope), WireJson.Default.WireEnvelope);
    }

    /// <summary>UTC to the microsecond, as PostgreSQL keeps times: <c>2026-11-21T17:00:00.123456Z</c>.</summary>
    public static string TimeText(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture);

    private static WireEnvelope ToWire(UsageEnvelope envelope) => new()
    {
        CustomerId = envelope.CustomerId,
        AmountOmr = Omr.FromMicro(envelope.AmountMicroOmr),
        AmountMicroOmr = envelope.AmountMicroOmr,
        Reason = envelope.Reason,
        Metadata = new WireMetadata
        {
            TokensUsed = envelope.TokensUsed,
            Model = envelope.Model,
            RequestId = envelope.RequestId,
            TenantId = envelope.TenantId,
            LatencyMs = envelope.LatencyMs,
            CompletedAt = envelope.CompletedAt is { } completedAt ? TimeText(completedAt) : null,
            PromptTokens = envelope.PromptTokens,
            CompletionTokens = envelope.CompletionTokens,
            CachedTokens = envelope.CachedTokens,
            ReasoningTokens = envelope.ReasoningTokens,
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
        },
    };
}
