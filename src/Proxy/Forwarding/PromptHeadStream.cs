using System.Runtime.CompilerServices;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// A stream's body whose head goes to the client at once where the first event is still to come; the server would hold
/// it until then. Where both have come, they go on in one piece.
/// </summary>
internal sealed class PromptHeadStream(Stream body, HttpResponse answer) : DerivedStream(body)
{
    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = Source.ReadAsync(buffer, cancellationToken);
        return reading.IsCompleted || answer.HasStarted ? reading : SendHeadAsync(reading, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> SendHeadAsync(ValueTask<int> reading, CancellationToken cancellation)
    {
        await answer.Body.FlushAsync(cancellation);
        return await reading;
    }
}
