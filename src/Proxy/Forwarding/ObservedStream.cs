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
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        buffer.IsEmpty || observation.IsSettled
            ? upstream.ReadAsync(buffer, cancellationToken)
            : ReadAndSeeAsync(buffer, cancellationToken);

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
    private async ValueTask<int> ReadAndSeeAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var read = await upstream.ReadAsync(buffer, cancellation);
        lifetime.NoteBytes(read);
        await (read == 0 ? observation.EndAsync() : observation.SeeAsync(buffer.Span[..read]));
        return read;
    }
}
