using System.Diagnostics;
using System.Threading.Tasks.Sources;

namespace EventLedger.Nats;

/// <summary>
/// One message on its way, and the answer its caller waits for. Used again for another message once the caller has
/// taken the answer, so that publishing allocates nothing. All but the answer is guarded by the publisher's lock.
/// </summary>
internal sealed class PendingPublish(JetStreamPublisher publisher) : IValueTaskSource<PubAck>, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<PubAck> answer;
    private CancellationTokenRegistration cancellation;
    private PubAck ack;
    private Exception? failure;
    private Activity? activity;
    private PublishBatch? batch;
    private int placeInBatch;

    public enum Stage
    {
        Waiting,
        InFlight,
        Done,
    }

    public Stage At { get; set; }

    public string Subject { get; private set; } = "";

    public string MessageId { get; private set; } = "";

    public HeaderBlock Headers { get; private set; }

    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>The number its answer comes under: unique for ever, its place in the window is the remainder.</summary>
    public long Token { get; set; }

    public long StartedAt { get; private set; }

    public long SentAt { get; set; }

    /// <summary>Where in the connection's outbox it ends.</summary>
    public long Position { get; set; }

    /// <summary>False while it is to be sent, <see cref="DueIn"/> after <see cref="SentAt"/>.</summary>
    public bool IsSent { get; set; }

    public TimeSpan DueIn { get; set; }

    public int Refusals { get; set; }

    public PublishReply? LastRefusal { get; set; }

    public int Bytes => Subject.Length + MessageId.Length + Headers.LinesLength + Body.Length;

    public ValueTask<PubAck> Task => new(this, answer.Version);

    public void Begin(
        string subject, string messageId, HeaderBlock headers, ReadOnlyMemory<byte> body, long startedAt)
    {
        At = Stage.Waiting;
        Subject = subject;
        MessageId = messageId;
        Headers = headers;
        Body = body;
        StartedAt = startedAt;
        IsSent = false;
        SentAt = startedAt;
        DueIn = TimeSpan.Zero;
        Refusals = 0;
        LastRefusal = null;
        activity = StartActivity(subject, messageId, headers);
    }

    public void ListenTo(CancellationToken token) => cancellation = token.UnsafeRegister(
        static (state, token) => ((PendingPublish)state!).Cancel(token), this);

    /// <summary>The answer goes to a batch, and not to a caller of its own.</summary>
    public void AnswerTo(PublishBatch answered, int place) => (batch, placeInBatch) = (answered, place);

    /// <summary>Hands the answer over, on a thread of its own: the read loop must not run the caller's code.</summary>
    public void Complete(PubAck acknowledged, Exception? failed)
    {
        At = Stage.Done;
        Body = default;

        if (batch is { } answered)
        {
            StopActivity(failed);
            batch = null;
            answered.Answer(placeInBatch, failed);
            publisher.Recycle(this);
            return;
        }

        ack = acknowledged;
        failure = failed;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        StopActivity(failure);

        if (failure is null)
        {
            answer.SetResult(ack);
        }
        else
        {
            answer.SetException(failure);
        }
    }

    PubAck IValueTaskSource<PubAck>.GetResult(short token)
    {
        // Waits for a cancellation that is being called: a late one would hit the next message.
        cancellation.Dispose();

        try
        {
            return answer.GetResult(token);
        }
        finally
        {
            cancellation = default;
            failure = null;
            answer.Reset();
            publisher.Recycle(this);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<PubAck>.GetStatus(short token) => answer.GetStatus(token);

    void IValueTaskSource<PubAck>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        answer.OnCompleted(continuation, state, token, flags);

    // It spans the way to the stream, not what the caller does meanwhile: so it isn't left as the current one.
    private static Activity? StartActivity(string subject, string messageId, HeaderBlock headers)
    {
        if (!Telemetry.Activities.HasListeners())
        {
            return null;
        }

        // What is published after its request has ended, and maybe by another process, has its trace in a header.
        var before = Activity.Current;
        var started = Telemetry.Activities.StartActivity(
            $"publish {subject}", ActivityKind.Producer, Telemetry.ParentIn(headers));
        started?.SetTag("messaging.system", "nats").SetTag("messaging.message.id", messageId);
        Activity.Current = before;
        return started;
    }

    private void StopActivity(Exception? failed)
    {
        activity?.SetStatus(failed is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error, failed?.Message);
        activity?.Stop();
        activity = null;
    }

    private void Cancel(CancellationToken token) => publisher.Cancel(this, token);
}
