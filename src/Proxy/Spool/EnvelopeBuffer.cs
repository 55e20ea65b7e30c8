using System.Buffers;
using EventLedger.Contracts.Envelopes;

namespace EventLedger.Proxy.Spool;

/// <summary>
/// Where a thread writes envelopes, one after the other: a buffer of its own for each would cost more than the writing.
/// </summary>
internal static class EnvelopeBuffer
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? ofThread;

    /// <summary>The envelope's JSON.</summary>
    public static byte[] BytesOf(UsageEnvelope envelope)
    {
        var bytes = ofThread ??= new();
        bytes.ResetWrittenCount();
        EnvelopeWriter.Write(envelope, bytes);
        return bytes.WrittenSpan.ToArray();
    }
}
