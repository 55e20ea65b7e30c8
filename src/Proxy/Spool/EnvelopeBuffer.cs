using System.Buffers;
using System.Text.Json;
using EventLedger.Contracts.Envelopes;

namespace EventLedger.Proxy.Spool;

/// <summary>
/// Where a thread writes envelopes, one after the other: a writer of its own for each would cost more than the writing.
/// </summary>
internal sealed class EnvelopeBuffer
{
    [ThreadStatic]
    private static EnvelopeBuffer? ofThread;

    private readonly ArrayBufferWriter<byte> bytes = new();
    private readonly Utf8JsonWriter json;

    private EnvelopeBuffer() => json = EnvelopeWriter.NewWriter(bytes);

    /// <summary>The envelope's JSON.</summary>
    public static byte[] BytesOf(UsageEnvelope envelope) => (ofThread ??= new()).Write(envelope);

    private byte[] Write(UsageEnvelope envelope)
    {
        bytes.ResetWrittenCount();
        json.Reset();
        EnvelopeWriter.Write(envelope, json);
        return bytes.WrittenSpan.ToArray();
    }
}
