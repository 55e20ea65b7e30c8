using System.Runtime.CompilerServices;
using EventLedger.Proxy.Metering;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// The upstream's bytes on their way to the client, unchanged. Each piece is looked at as it is read, so the envelope
/// is in the spool before the last of them goes on.
/// </summary>
internal sealed class ObservedStream(Stream upstream, Observation observation, ClientLifetime lifetime) : ReadOnlyStream
{
    // A read into nothing only waits for bytes: its zero is no end.
    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = upstream.ReadAsync(buffer, cancellationToken);

        return buffer.IsEmpty || observation.IsSettled ? reading
            : reading.IsCompletedSuccessfully ? See(reading.Result, buffer)
            : SeeLaterAsync(reading, buffer);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            upstream.Dispose();
        }

        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> SeeLaterAsync(ValueTask<int> reading, Memory<byte> buffer) =>
        await See(await reading, buffer);

    private ValueTask<int> See(int read, Memory<byte> buffer)
    {
        lifetime.NoteBytes(read);
        var seen = read == 0 ? observation.EndAsync() : observation.SeeAsync(buffer.Span[..read]);
        return seen.IsCompletedSuccessfully ? new(read) : GoOnAfterAsync(seen, read);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<int> GoOnAfterAsync(ValueTask seen, int read)
    {
        await seen;
        return read;
    }
}
