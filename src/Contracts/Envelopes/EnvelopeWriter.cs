using System.Buffers;
using System.Globalization;
using EventLedger.Contracts.Money;

namespace EventLedger.Contracts.Envelopes;

/// <summary>Writes an envelope in the form that <see cref="EnvelopeReader"/> and older readers take.</summary>
public static class EnvelopeWriter
{
    // "O" has seven digits of a second, and the "Z" behind them.
    private const int TimeLength = 28;
    private const int MicrosecondsEnd = 26;

    /// <summary>Appends the envelope's JSON to <paramref name="output"/>. What is null is left out.</summary>
    public static void Write(UsageEnvelope envelope, IBufferWriter<byte> output)
    {
        var json = new FlatJson(output);
        json.Write("{\"customer_id\":"u8, envelope.CustomerId);
        json.Write<decimal>(",\"amount_omr\":"u8, Omr.FromMicro(envelope.AmountMicroOmr));
        json.Write<long>(",\"amount_micro_omr\":"u8, envelope.AmountMicroOmr);
        json.Write(",\"reason\":"u8, envelope.Reason);
        WriteMetadata(envelope, json);
        json.Write("}}"u8);
    }

    /// <summary>UTC to the microsecond, as PostgreSQL keeps times: <c>2026-11-21T17:00:00.123456Z</c>.</summary>
    public static string TimeText(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture);

    // The one field that is always there comes first: all others have a comma before them.
    private static void WriteMetadata(UsageEnvelope envelope, FlatJson json)
    {
        json.Write(",\"metadata\":{\"request_id\":"u8, envelope.RequestId);
        json.Write(",\"tokens_used\":"u8, envelope.TokensUsed);
        json.Write(",\"model\":"u8, envelope.Model);
        json.Write(",\"tenant_id\":"u8, envelope.TenantId);
        json.Write(",\"latency_ms\":"u8, envelope.LatencyMs);
        WriteTime(envelope.CompletedAt, json);
        json.Write(",\"prompt_tokens\":"u8, envelope.PromptTokens);
        json.Write(",\"completion_tokens\":"u8, envelope.CompletionTokens);
        json.Write(",\"cached_tokens\":"u8, envelope.CachedTokens);
        json.Write(",\"reasoning_tokens\":"u8, envelope.ReasoningTokens);
        json.Write(",\"endpoint\":"u8, envelope.Endpoint);

        if (envelope.Stream is { } isStream)
        {
            json.Write(isStream ? ",\"stream\":true"u8 : ",\"stream\":false"u8);
        }

        json.Write(",\"usage_source\":"u8, envelope.UsageSource);
        json.Write(",\"price_book\":"u8, envelope.PriceBook);
        json.Write(",\"observation_id\":"u8, envelope.ObservationId);
        json.Write(",\"source\":"u8, envelope.Source);
        json.Write(",\"epoch\":"u8, envelope.Epoch);
        json.Write(",\"sequence\":"u8, envelope.Sequence);
        json.Write(",\"node_id\":"u8, envelope.NodeId);
        json.Write(",\"idempotency_key\":"u8, envelope.IdempotencyKey);
        json.Write(",\"amount\":"u8, envelope.NodeAmount?.Amount);
        json.Write(",\"asset\":"u8, envelope.NodeAmount?.Asset.ToString());
        json.Write(",\"resource_kind\":"u8, envelope.ResourceKind);
        json.Write(",\"description\":"u8, envelope.Description);
    }

    // As TimeText, without the text.
    private static void WriteTime(DateTimeOffset? time, FlatJson json)
    {
        if (time is not { } written)
        {
            return;
        }

        Span<byte> text = stackalloc byte[TimeLength];
        written.UtcDateTime.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
        json.Write(",\"completed_at\":\""u8);
        json.Write(text[..MicrosecondsEnd].TrimEnd((byte)'0').TrimEnd((byte)'.'));
        json.Write("Z\""u8);
    }
}
