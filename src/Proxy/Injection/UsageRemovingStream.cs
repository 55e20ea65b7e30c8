using System.Buffers;

namespace EventLedger.Proxy.Injection;

/// <summary>A stream of events without the usage that the client didn't ask for.</summary>
internal sealed class UsageRemovingStream(Stream events) : DerivedStream(events)
{
    private const int ReadBytes = 16 * 1024;

    private readonly UsageRemover remover = new();
    private readonly ArrayBufferWriter<byte> output = new();
    private readonly byte[] input = new byte[ReadBytes];
    private int start;
    private bool hasEnded;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (start == output.WrittenCount && !hasEnded)
        {
            // A read into nothing only waits for bytes.
            if (buffer.IsEmpty)
            {
                return await Source.ReadAsync(buffer, cancellationToken);
            }

            await FillAsync(cancellationToken);
        }

        var count = Math.Min(buffer.Length, output.WrittenCount - start);
        output.WrittenMemory.Slice(start, count).CopyTo(buffer);
        start += count;
        return count;
    }

    private async ValueTask FillAsync(CancellationToken cancellation)
    {
        var read = await Source.ReadAsync(input, cancellation);
        output.ResetWrittenCount();
        start = 0;
        hasEnded = read == 0;

        if (hasEnded)
        {
            remover.End(output);
        }
        else
        {
            remover.Take(input.AsSpan(0, read), output);
        }
    }
}
