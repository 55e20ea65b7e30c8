using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Extensions.Logging;

namespace EventLedger.Nats;

/// <summary>
/// A connection to the broker that mends itself: it connects in the background, for ever, and what is built on it
/// waits within its own limits. Thread-safe.
/// </summary>
public sealed partial class NatsConnection : IAsyncDisposable
{
    private readonly NatsOptions options;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly ServerPool pool;
    private readonly Requests requests;
    private readonly CancellationTokenSource closing = new();
    private readonly Lock gate = new();
    private TaskCompletionSource connected = NewSignal();
    private Task supervising = Task.CompletedTask;
    private NatsState state = NatsState.Connecting;
    private volatile Link? link;
    private string url;

    private NatsConnection(NatsOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        this.options = options;
        url = options.Url;
        this.time = time;
        Loggers = loggers;
        log = loggers.CreateLogger<NatsConnection>();
        pool = new ServerPool(ServerAddress.ParseAll(options.Url));
        requests = new Requests(options.InboxPrefix, time);
        Subscribers.Add(requests);
    }

    /// <summary>Each change of <see cref="State"/>, in order. A handler must return quickly.</summary>
    [SuppressMessage("Design", "MA0046", Justification = "The change says everything; a sender would add nothing.")]
    public event Action<NatsStateChange>? StateChanged;

    /// <summary>Where the connection is in its life.</summary>
    public NatsState State
    {
        get
        {
            lock (gate)
            {
                return state;
            }
        }
    }

    /// <summary>What the server that we are connected to says of itself; null while there is none.</summary>
    public ServerInfo? Server => link?.Info;

    internal Subscribers Subscribers { get; } = new();

    internal ILoggerFactory Loggers { get; }

    internal TimeProvider Time => time;

    internal string InboxPrefix => options.InboxPrefix;

    /// <summary>Starts connecting and returns at once.</summary>
    /// <exception cref="ArgumentException">The URL or the inbox prefix can't be read.</exception>
    public static NatsConnection Start(NatsOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        Names.RequireInboxPrefix(options.InboxPrefix);
        var connection = new NatsConnection(options, loggers, time);
        connection.supervising = Task.Run(connection.SuperviseAsync);
        return connection;
    }

    /// <summary>Returns once there is a connection.</summary>
    /// <exception cref="NatsDisconnectedException">The connection was closed.</exception>
    public Task WaitConnectedAsync(CancellationToken cancellation)
    {
        lock (gate)
        {
            return connected.Task.WaitAsync(cancellation);
        }
    }

    /// <summary>Sends a message to whoever answers on a subject, and returns the answer.</summary>
    /// <exception cref="NatsNoRespondersException">Nobody listens there.</exception>
    /// <exception cref="NatsTimeoutException">No answer came in time, or no connection.</exception>
    /// <exception cref="NatsDisconnectedException">It was lost after sending: the outcome is unknown.</exception>
    public ValueTask<NatsReply> RequestAsync(
        string subject, ReadOnlyMemory<byte> body, TimeSpan timeout, CancellationToken cancellation)
    {
        Names.RequireSubject(subject);
        return requests.SendAsync(
            Encoding.ASCII.GetBytes(subject), body, timeout, isForThisConnection: false, cancellation);
    }

    /// <summary>
    /// Finishes what is under way, as far as the limit allows, and closes: consumers take nothing new and wait for
    /// their messages to be settled, publishers for their acknowledgements.
    /// </summary>
    [SuppressMessage("Design", "CA1031", Justification = "What can't be finished in time is left to redelivery.")]
    public async Task DrainAsync(TimeSpan limit)
    {
        using var timer = new CancellationTokenSource(limit, time);
        Move(NatsState.Draining, reason: null);

        try
        {
            await Task.WhenAll(Subscribers.All.Select(subscriber => subscriber.DrainAsync(timer.Token)));
            await FlushAsync(timer.Token);
        }
        catch (Exception e)
        {
            LogDrainIncomplete(limit, e);
        }

        await DisposeAsync();
    }

    /// <summary>Closes at once. Publishes that wait fail; messages not acknowledged are delivered again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Move(NatsState.Closed, reason: null))
        {
            await closing.CancelAsync();
            await supervising;

            foreach (var subscriber in Subscribers.All)
            {
                subscriber.OnClosed();
            }
        }
    }

    /// <summary>Returns when the server has answered to everything that was written before.</summary>
    internal Task FlushAsync(CancellationToken cancellation) =>
        link?.FlushAsync(cancellation) ?? Task.FromException(new NatsDisconnectedException("There is no connection."));

    /// <summary>A request that must not be made on a later connection.</summary>
    internal ValueTask<NatsReply> RequestHereAsync(
        ReadOnlyMemory<byte> subject, ReadOnlyMemory<byte> body, TimeSpan timeout, CancellationToken cancellation) =>
        requests.SendAsync(subject, body, timeout, isForThisConnection: true, cancellation);

    // Closed is the end, and nothing but the end follows draining.
    private bool Move(NatsState next, Exception? reason)
    {
        lock (gate)
        {
            if (state == NatsState.Closed || state == next || (state == NatsState.Draining && next != NatsState.Closed))
            {
                return false;
            }

            state = next;
            Signal(next);
        }

        Announce(new NatsStateChange(next, link?.Server.ToString(), reason));
        return true;
    }

    private void Signal(NatsState next)
    {
        switch (next)
        {
            case NatsState.Connected:
                connected.TrySetResult();
                break;
            case NatsState.Connecting when connected.Task.IsCompleted:
                connected = NewSignal();
                break;
            case NatsState.Closed:
                connected = connected.Task.IsCompleted ? NewSignal() : connected;
                connected.TrySetException(new NatsDisconnectedException("The connection is closed."));
                _ = connected.Task.Exception;
                break;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A listener's failure is not the connection's.")]
    private void Announce(NatsStateChange change)
    {
        try
        {
            StateChanged?.Invoke(change);
        }
        catch (Exception e)
        {
            LogListenerFailed(change.State, e);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Warning, "Draining within {Limit} left something unfinished.")]
    private partial void LogDrainIncomplete(TimeSpan limit, Exception exception);

    [LoggerMessage(LogLevel.Error, "A listener to the connection's state failed on {State}.")]
    private partial void LogListenerFailed(NatsState state, Exception exception);
}
