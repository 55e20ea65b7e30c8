using System.Runtime.CompilerServices;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// A response's body whose bytes go on in as few pieces as they can: what has arrived already joins what was read, and
/// nothing waits for what hasn't. The connection hands on at most 4 KiB at a time, each of which would be looked at,
/// framed and sent by itself.
/// </summary>
/// <param name="body">The response's body.</param>
/// <param name="beginsAtOnce">
/// Whether the first piece goes on by itself, for the client to read while the proxy is busy with the others. It is a
/// send more.
/// </param>
internal sealed class GatheringStream(Stream body, bool beginsAtOnce) : DerivedStream(body)
{
    private bool gathers = !beginsAtOnce;

    // What the next read has to wait for, begun before the bytes that had come were handed on; or why there is none.
    private ValueTask<int>? begun;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (begun is { } wait)
        {
            begun = null;
            return buffer.IsEmpty ? wait : ReadAfterAsync(wait, buffer, cancellationToken);
        }

        var reading = Source.ReadAsync(buffer, cancellationToken);

        return buffer.IsEmpty ? reading
            : reading.IsCompletedSuccessfully ? Gather(reading.Result, buffer, cancellationToken)
            : GatherLaterAsync(reading, buffer, cancellationToken);
    }

    // A read into nothing completes once there are bytes of the body, or its end: the read behind it never waits.
    private ValueTask<int> Gather(int read, Memory<byte> buffer, CancellationToken cancellation)
    {
        if (!gathers)
        {
            gathers = true;
            return new(read);
        }

        for (var last = read; last > 0 && read < buffer.Length; read += last)
        {
            var wait = Source.ReadAsync(Memory<byte>.Empty, cancellation);

            if (!wait.IsCompletedSuccessfully)
            {
                begun = wait;
                break;
            }

            _ = wait.Result;
            var more = Source.ReadAsync(buffer[read..], cancellation);

            if (!more.IsCompletedSuccessfully)
            {
                return JoinAsync(read, more);
            }

            last = more.Result;
        }

        return new(read);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> GatherLaterAsync(
        ValueTask<int> reading, Memory<byte> buffer, CancellationToken cancellation) =>
        await Gather(await reading, buffer, cancellation);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadAfterAsync(
        ValueTask<int> wait, Memory<byte> buffer, CancellationToken cancellation)
    {
        await wait;
        return await ReadAsync(buffer, cancellation);
    }

    // Usage may stand in what was read before a break: that goes on first, and the next read fails.
    private async ValueTask<int> JoinAsync(int read, ValueTask<int> more)
    {
        try
        {
            return read + await more;
        }
        catch (Exception failure)
        {
            begun = ValueTask.FromException<int>(failure);
            return read;
        }
    }
}
