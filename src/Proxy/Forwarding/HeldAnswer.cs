using System.IO.Pipelines;
using EventLedger.Proxy.Metering;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// The way to the client while a response is metered. What is written before its envelope is in the spool stays with
/// the server, unsent, so that the forwarder needn't wait for the disk, with a buffer and all that it has begun: the
/// request waits at its end, when nothing else is left to do, and sends the rest.
/// </summary>
internal sealed class HeldAnswer(HttpResponse answer, Observation observation) : ForwardOnlyStream
{
    private readonly Stream body = answer.Body;
    private readonly PipeWriter unsent = answer.BodyWriter;
    private bool isHolding;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    // Where the server makes chunks, the last one goes with what is held: flushing here would be a send more.
    private bool IsSentByServer =>
        HttpProtocol.IsHttp11(answer.HttpContext.Request.Protocol)
        && answer is { ContentLength: null, Headers.Trailer.Count: 0 };

    /// <summary>Sends what is held, at the response's end: the record is on disk, or its named time over.</summary>
    public ValueTask<FlushResult> SendAsync(CancellationToken cancellation) =>
        isHolding && !IsSentByServer ? unsent.FlushAsync(cancellation) : default;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (observation.IsSafe)
        {
            return body.WriteAsync(buffer, cancellationToken);
        }

        if (!answer.HasStarted)
        {
            return StartAndHoldAsync(buffer, cancellationToken);
        }

        Hold(buffer.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        observation.IsSafe ? body.FlushAsync(cancellationToken) : Task.CompletedTask;

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async ValueTask StartAndHoldAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation)
    {
        await answer.StartAsync(cancellation);
        Hold(buffer.Span);
    }

    // As one piece, since each becomes a chunk of the client's.
    private void Hold(ReadOnlySpan<byte> bytes)
    {
        isHolding = true;
        bytes.CopyTo(unsent.GetSpan(bytes.Length));
        unsent.Advance(bytes.Length);
    }
}
