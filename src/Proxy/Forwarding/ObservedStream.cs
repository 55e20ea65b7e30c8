using System.Runtime.CompilerServices;
using EventLedger.Proxy.Metering;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// The upstream's bytes on their way to the client, unchanged. Each piece is looked at as it is read. The one that
/// makes the envelope goes on to <see cref="HeldAnswer"/>, which holds it. Where more may come behind it, the next read
/// waits until the envelope is in the spool, and sends what is held.
/// </summary>
internal sealed class ObservedStream(
    Stream upstream, Observation observation, ClientLifetime lifetime, HttpResponse answer) : DerivedStream(upstream)
{
    // A read into nothing only waits for bytes: its zero is no end.
    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = Source.ReadAsync(buffer, cancellationToken);

        return reading.IsCompletedSuccessfully ? See(reading.Result, buffer, cancellationToken)
            : observation.IsSafe ? SeeLaterAsync(reading, buffer, cancellationToken)
            : SendFirstAsync(reading, buffer, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> SeeLaterAsync(
        ValueTask<int> reading, Memory<byte> buffer, CancellationToken cancellation)
    {
        int read;

        try
        {
            read = await reading;
        }
        catch (Exception broken)
        {
            // Told here: the forwarder ends the client's connection next, as if the client had gone.
            observation.BreakOff(broken is OperationCanceledException && lifetime.IsClientGone
                ? UnmeteredReason.DrainBudget
                : UnmeteredReason.CutOff);
            throw;
        }

        return await See(read, buffer, cancellation);
    }

    private ValueTask<int> See(int read, Memory<byte> buffer, CancellationToken cancellation)
    {
        if (buffer.IsEmpty)
        {
            return new(read);
        }

        lifetime.NoteBytes(read);

        if (read == 0)
        {
            observation.End();
            return new(read);
        }

        if (!observation.IsSafe)
        {
            return SendFirstAsync(new(read), buffer, cancellation);
        }

        observation.See(buffer.Span[..read]);
        return new(read);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> SendFirstAsync(
        ValueTask<int> reading, Memory<byte> buffer, CancellationToken cancellation)
    {
        await observation.WrittenAsync();
        await answer.Body.FlushAsync(cancellation);
        return await See(await reading, buffer, cancellation);
    }
}
