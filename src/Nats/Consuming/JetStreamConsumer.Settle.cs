using Microsoft.Extensions.Logging;

namespace EventLedger.Nats;

// Settling: an acknowledgement goes to the life of the consumer that delivered the message, or nowhere.
public sealed partial class JetStreamConsumer
{
    private const int AckSyncAttemptsMax = 5;
    private static readonly TimeSpan AckSyncTimeout = TimeSpan.FromSeconds(2);

    private readonly List<(JetStreamMessage Message, Settlement Settlement)> parked = [];
    private readonly List<TaskCompletionSource> establishing = [];
    private readonly List<TaskCompletionSource> drains = [];
    private int unsettled;

    internal void Settle(JetStreamMessage message, Settlement settlement)
    {
        lock (gate)
        {
            if (isEstablished)
            {
                Tell(message, settlement);
                message.ReleaseBytes();
            }
            else if (isReading)
            {
                // As many at most as were handed out; each is told or dropped when the consumer is found again.
                parked.Add((message, settlement));
            }
            else
            {
                Telemetry.Dropped.Add(1);
                message.ReleaseBytes();
            }

            NoteSettled();
        }
    }

    /// <summary>Keeps what is held and not handed out from being delivered again meanwhile.</summary>
    internal void ReportProgressOfHeld()
    {
        lock (gate)
        {
            if (isEstablished)
            {
                foreach (var message in held)
                {
                    Tell(message, new Settlement(SettlementKind.InProgress));
                }
            }
        }
    }

    internal void ReportProgress(JetStreamMessage message)
    {
        lock (gate)
        {
            // Asked again under the lock that settling releases the bytes under: they may be another message's by now.
            if (isEstablished && !message.IsSettled)
            {
                Tell(message, new Settlement(SettlementKind.InProgress));
            }
        }
    }

    internal async Task AcknowledgeAsync(JetStreamMessage message, CancellationToken cancellation)
    {
        var replyTo = message.ReplyTo.ToArray();

        try
        {
            for (var attempt = 1; ; attempt++)
            {
                await EstablishedAsync(message, cancellation);

                try
                {
                    await connection.RequestHereAsync(replyTo, "+ACK"u8.ToArray(), AckSyncTimeout, cancellation);
                    return;
                }
                catch (Exception e) when (e is NatsTimeoutException or NatsDisconnectedException
                    && attempt < AckSyncAttemptsMax)
                {
                    LogAckUnanswered(stream, durable, message.StreamSequence, e.Message);
                }
            }
        }
        finally
        {
            lock (gate)
            {
                message.ReleaseBytes();
                NoteSettled();
            }
        }
    }

    // One that isn't taken is lost with its connection: the message comes again, and the ledger knows it.
    private void Tell(JetStreamMessage message, Settlement settlement)
    {
        Span<byte> body = stackalloc byte[Settlement.LengthMax];

        if (link is null
            || message.Session != session
            || !link.Outbox.TryWrite(
                Lane.Control, new MessageFrame(message.ReplyTo, replyTo: [], settlement.Write(body))))
        {
            Telemetry.Dropped.Add(1);
        }
    }

    private void SettleParked()
    {
        foreach (var (message, settlement) in parked)
        {
            Tell(message, settlement);
            message.ReleaseBytes();
        }

        parked.Clear();
        Release(establishing);
    }

    private Task EstablishedAsync(JetStreamMessage message, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (!isEstablished && isReading)
            {
                var established = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                establishing.Add(established);
                return WaitAsync(established.Task);
            }

            return isEstablished && message.Session == session
                ? Task.CompletedTask
                : Task.FromException(new NatsDisconnectedException("The consumer that delivered the message is gone."));
        }

        async Task WaitAsync(Task established)
        {
            await established.WaitAsync(cancellation);
            await EstablishedAsync(message, cancellation);
        }
    }

    private async Task DrainAsync(CancellationToken cancellation)
    {
        var settled = Task.CompletedTask;

        lock (gate)
        {
            isDraining = true;
            engine.Lost();
            GiveBackHeld();

            if (unsettled > 0)
            {
                var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                drains.Add(drained);
                settled = drained.Task;
            }
        }

        Ring();
        await settled.WaitAsync(cancellation);
    }

    private void Closed()
    {
        lock (gate)
        {
            isDraining = true;
            isEstablished = false;
            parked.ForEach(settled => settled.Message.ReleaseBytes());
            parked.Clear();
            Release(establishing);
        }

        Ring();
    }

    private static void Release(List<TaskCompletionSource> waiting)
    {
        waiting.ForEach(one => one.TrySetResult());
        waiting.Clear();
    }

    [LoggerMessage(
        LogLevel.Information, "The acknowledgement of {Sequence} of {Stream}/{Consumer} was not answered: {Reason}")]
    private partial void LogAckUnanswered(string stream, string consumer, ulong sequence, string reason);
}
