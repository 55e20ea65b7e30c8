using System.Diagnostics.CodeAnalysis;

namespace EventLedger.Nats;

/// <summary>
/// One connection's life: a read loop, a write loop and a watch, of which the first to fail ends all three. Nothing of
/// it outlives it, so half a frame can never reach the next connection.
/// </summary>
[SuppressMessage("Design", "CA1031", Justification = "Whatever ends a loop is the connection's end, and is reported.")]
internal sealed partial class Link(
    Handshake.Result opened, ServerAddress server, Subscribers subscribers, NatsOptions options, TimeProvider time)
{
    private readonly CancellationTokenSource ended = new();
    private Exception? failure;

    public ServerAddress Server => server;

    public ServerInfo Info { get; private set; } = opened.Info;

    public Outbox Outbox { get; } = new();

    /// <summary>Called from the read loop when the server describes itself anew.</summary>
    public Action<Link>? InfoChanged { get; init; }

    /// <summary>Runs until the connection ends, and returns why.</summary>
    public async Task<Exception> RunAsync()
    {
        await Task.WhenAll(Task.Run(() => Guard(ReadAsync)), Task.Run(() => Guard(WriteAsync)), Guard(WatchAsync));
        FailFlushes();
        return failure!;
    }

    /// <summary>Ends the connection at once. The first reason counts.</summary>
    public void Fail(Exception reason)
    {
        if (Interlocked.CompareExchange(ref failure, reason, null) is not null)
        {
            return;
        }

        Outbox.Close();
        ended.Cancel();
        opened.Transport.Dispose();
    }

    private async Task Guard(Func<Task> loop)
    {
        try
        {
            await loop();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }
}
