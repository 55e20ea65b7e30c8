using System.Buffers;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Injection;

/// <summary>
/// A compressed stream of events without the usage that the client didn't ask for: decoded, and encoded again the same
/// way, flushed as often as bytes come.
/// </summary>
internal sealed class RecodedStream(Stream encodedEvents, ContentCodec codec) : DerivedStream(encodedEvents)
{
    private const int ReadBytes = 16 * 1024;

    private readonly FedStream encoded = new();
    private readonly UsageRemover remover = new();
    private readonly ArrayBufferWriter<byte> events = new();
    private readonly MemoryStream output = new();
    private readonly byte[] input = new byte[ReadBytes];
    private readonly byte[] decoded = new byte[ReadBytes];
    private Stream? decoder;
    private Stream? encoder;
    private bool hasEnded;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (output.Position == output.Length && !hasEnded)
        {
            // A read into nothing only waits for bytes.
            if (buffer.IsEmpty)
            {
                return await Source.ReadAsync(buffer, cancellationToken);
            }

            var read = await Source.ReadAsync(input, cancellationToken);
            Recode(input.AsSpan(0, read));
        }

        return output.Read(buffer.Span);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            decoder?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Recode(ReadOnlySpan<byte> bytes)
    {
        hasEnded = bytes.IsEmpty;
        output.SetLength(0);
        events.ResetWrittenCount();

        while (!bytes.IsEmpty)
        {
            bytes = bytes[encoded.Feed(bytes)..];
            decoder ??= codec.Decode(encoded, encoded.First);
            encoder ??= codec.Encode(output, encoded.First);

            while (decoder.Read(decoded) is > 0 and var count)
            {
                remover.Take(decoded.AsSpan(0, count), events);
            }
        }

        if (hasEnded)
        {
            remover.End(events);
        }

        Encode();
        output.Position = 0;
    }

    private void Encode()
    {
        if (events.WrittenCount > 0)
        {
            encoder!.Write(events.WrittenSpan);
            encoder.Flush();
        }

        if (hasEnded)
        {
            encoder?.Dispose();
        }
    }
}
