using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventLedger.Contracts.Money;

namespace EventLedger.Contracts.Envelopes;

/// <summary>Writes an envelope in the form that <see cref="EnvelopeReader"/> and older readers take.</summary>
public static class EnvelopeWriter
{
    // Written field by field, since the proxy does it for each response.
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    // "O" has seven digits of a second, and the "Z" behind them.
    private const int TimeLength = 28;
    private const int MicrosecondsEnd = 26;

    /// <summary>Appends the envelope's JSON to <paramref name="output"/>. What is null is left out.</summary>
    public static void Write(UsageEnvelope envelope, IBufferWriter<byte> output)
    {
        using var json = NewWriter(output);
        Write(envelope, json);
    }

    /// <summary>A writer for many envelopes, one after the other: see <see cref="Utf8JsonWriter.Reset()"/>.</summary>
    public static Utf8JsonWriter NewWriter(IBufferWriter<byte> output) => new(output, Options);

    /// <summary>Writes the envelope's JSON, with a writer from <see cref="NewWriter"/>.</summary>
    public static void Write(UsageEnvelope envelope, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("customer_id"u8, envelope.CustomerId);
        json.WriteNumber("amount_omr"u8, Omr.FromMicro(envelope.AmountMicroOmr));
        json.WriteNumber("amount_micro_omr"u8, envelope.AmountMicroOmr);
        json.WriteString("reason"u8, envelope.Reason);
        json.WriteStartObject("metadata"u8);
        WriteMetadata(envelope, json);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
    }

    /// <summary>UTC to the microsecond, as PostgreSQL keeps times: <c>2026-11-21T17:00:00.123456Z</c>.</summary>
    public static string TimeText(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture);

    // As TimeText, without the text.
    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[TimeLength];
        time.UtcDateTime.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
        var digits = text[..MicrosecondsEnd].TrimEnd((byte)'0').TrimEnd((byte)'.');
        text[digits.Length] = (byte)'Z';
        json.WriteString(name, text[..(digits.Length + 1)]);
    }

    private static void WriteMetadata(UsageEnvelope envelope, Utf8JsonWriter json)
    {
        Write(json, "tokens_used"u8, envelope.TokensUsed);
        Write(json, "model"u8, envelope.Model);
        Write(json, "request_id"u8, envelope.RequestId);
        Write(json, "tenant_id"u8, envelope.TenantId);
        Write(json, "latency_ms"u8, envelope.LatencyMs);

        if (envelope.CompletedAt is { } completedAt)
        {
            WriteTime(json, "completed_at"u8, completedAt);
        }

        Write(json, "prompt_tokens"u8, envelope.PromptTokens);
        Write(json, "completion_tokens"u8, envelope.CompletionTokens);
        Write(json, "cached_tokens"u8, envelope.CachedTokens);
        Write(json, "reasoning_tokens"u8, envelope.ReasoningTokens);
        Write(json, "endpoint"u8, envelope.Endpoint);

        if (envelope.Stream is { } isStream)
        {
            json.WriteBoolean("stream"u8, isStream);
        }

        Write(json, "usage_source"u8, envelope.UsageSource);
        Write(json, "price_book"u8, envelope.PriceBook);
        Write(json, "observation_id"u8, envelope.ObservationId);
        Write(json, "source"u8, envelope.Source);
        Write(json, "epoch"u8, envelope.Epoch);
        Write(json, "sequence"u8, envelope.Sequence);
        Write(json, "node_id"u8, envelope.NodeId);
        Write(json, "idempotency_key"u8, envelope.IdempotencyKey);
        Write(json, "amount"u8, envelope.NodeAmount?.Amount);
        Write(json, "asset"u8, envelope.NodeAmount?.Asset.ToString());
        Write(json, "resource_kind"u8, envelope.ResourceKind);
        Write(json, "description"u8, envelope.Description);
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
    }
}
