using Microsoft.Extensions.Logging;

namespace EventLedger.Nats;

// What is known of how it goes. A consumer that has reached its limit of unacknowledged messages sends no status: only
// asking tells it from one that has nothing to deliver.
public sealed partial class JetStreamConsumer
{
    private const int IdleHeartbeatsBeforeAsking = 3;

    private readonly Queue<JetStreamMessage> handedOn = new();
    private TimeSpan messageAt;
    private ulong? pendingAtServer;
    private DateTimeOffset? lastProgress;
    private bool isStalled;
    private bool isAsking;

    /// <summary>How the consumer is now.</summary>
    public ConsumerHealth Health
    {
        get
        {
            lock (gate)
            {
                return new ConsumerHealth(
                    Condition,
                    pendingAtServer + (ulong)(held.Count + unsettled),
                    unsettled,
                    handedOn.TryPeek(out var oldest) ? time.GetElapsedTime(oldest.HandedOnAt) : TimeSpan.Zero,
                    lastProgress);
            }
        }
    }

    private ConsumerCondition Condition =>
        failure is not null ? ConsumerCondition.Failed
        : !isReading ? ConsumerCondition.Idle
        : link is null ? ConsumerCondition.Disconnected
        : !isEstablished ? ConsumerCondition.Searching
        : isStalled ? ConsumerCondition.Stalled
        : ConsumerCondition.Pulling;

    private void NoteMessage(in AckToken token)
    {
        messageAt = Now;
        pendingAtServer = token.Pending;
        isStalled = false;
    }

    private void NoteHandedOn(JetStreamMessage message)
    {
        message.HandedOnAt = time.GetTimestamp();
        handedOn.Enqueue(message);
        unsettled++;
    }

    private void NoteSettled()
    {
        unsettled--;
        lastProgress = time.GetUtcNow();
        Telemetry.Settled.Add(1);

        // The head is the oldest that is not settled; ones behind it go when it does.
        while (handedOn.TryPeek(out var oldest) && oldest.IsSettled)
        {
            handedOn.Dequeue();
        }

        if (unsettled == 0)
        {
            Release(drains);
        }
    }

    private void AskIfIdle()
    {
        if (isEstablished && !isAsking && engine.Owed > 0
            && Now - messageAt > options.Heartbeat * IdleHeartbeatsBeforeAsking)
        {
            isAsking = true;
            messageAt = Now;
            _ = Task.Run(AskAsync);
        }
    }

    private async Task AskAsync()
    {
        ConsumerInfo? info = null;

        try
        {
            info = await jetStream.GetConsumerAsync(stream, durable, disposing.Token);
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException)
        {
            LogInspectionFailed(stream, durable, e.Message);
        }

        lock (gate)
        {
            isAsking = false;

            if (info is not null)
            {
                pendingAtServer = info.NumPending;
                NoteStall(info.NumAckPending >= info.Config.MaxAckPending, info.NumAckPending);
            }
        }
    }

    private void NoteStall(bool isAtLimit, int unacknowledged)
    {
        if (isAtLimit && !isStalled)
        {
            LogStalled(stream, durable, unacknowledged);
        }

        isStalled = isAtLimit;
    }

    [LoggerMessage(
        LogLevel.Warning,
        "{Stream}/{Consumer} delivers nothing: {Unacknowledged} messages are unacknowledged, its limit.")]
    private partial void LogStalled(string stream, string consumer, int unacknowledged);
}
