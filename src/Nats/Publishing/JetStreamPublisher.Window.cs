using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace EventLedger.Nats;

// The window: who is in it, what is sent, and how each leaves it. All of it runs under the lock.
public sealed partial class JetStreamPublisher
{
    private int InFlight => window.Length - freePlaces.Count;

    private void Admit()
    {
        // Sending one may finish it, and finishing admits: that one is admitted here, not a level deeper.
        if (isAdmitting || isClosed)
        {
            return;
        }

        isAdmitting = true;

        while (waiting.TryPeek(out var next) && HasRoomFor(next))
        {
            waiting.Dequeue();

            if (next.At == PendingPublish.Stage.Waiting)
            {
                var place = freePlaces.Pop();
                next.At = PendingPublish.Stage.InFlight;
                next.Token = ++published * window.Length + place;
                window[place] = next;
                bytesInFlight += next.Bytes;
                Send(next);
            }
        }

        isAdmitting = false;
    }

    private bool HasRoomFor(PendingPublish next) =>
        next.At == PendingPublish.Stage.Done
        || (freePlaces.Count > 0 && (InFlight == 0 || bytesInFlight + next.Bytes <= options.MaxBytes));

    // What doesn't get out now gets out with the next sweep, or on the next connection.
    private void Send(PendingPublish pending)
    {
        if (link is null)
        {
            return;
        }

        if (inboxRefusal is not null)
        {
            Finish(pending, default, NotPermitted(inboxRefusal));
            return;
        }

        var frame = new StoreFrame(
            pending.Subject,
            inbox.Prefix,
            pending.Token,
            pending.MessageId,
            options.Stream,
            pending.Headers,
            pending.Body);

        // Checked here because the server closes the connection over it, and every other message with it.
        if (frame.PayloadLength > link.Info.MaxPayload || frame.HeadersLength > StoreFrame.HeadersLengthMax)
        {
            Finish(pending, default, TooLarge(frame, link.Info.MaxPayload));
            return;
        }

        pending.IsSent = link.Outbox.TryWrite(Lane.Publish, frame, out var position);
        pending.Position = position;
        pending.SentAt = time.GetTimestamp();
    }

    private void Finish(PendingPublish pending, PubAck ack, Exception? failure)
    {
        if (pending.At == PendingPublish.Stage.Done)
        {
            return;
        }

        if (pending.At == PendingPublish.Stage.InFlight)
        {
            var place = PlaceOf(pending.Token);
            bytesInFlight -= pending.Bytes;
            window[place] = null;
            freePlaces.Push(place);
        }

        if (failure is null)
        {
            Telemetry.Published.Add(1);
            Telemetry.PublishDuration.Record(time.GetElapsedTime(pending.StartedAt).TotalSeconds);
        }
        else
        {
            Telemetry.PublishFailures.Add(1);
        }

        pending.Complete(ack, failure);
        Admit();

        if (InFlight == 0 && waiting.Count == 0)
        {
            drains.ForEach(drain => drain.TrySetResult());
            drains.Clear();
        }
    }

    private int PlaceOf(long token) => (int)(token % window.Length);

    private void Connected(Link opened)
    {
        lock (gate)
        {
            link = opened;
            var unsent = window.OfType<PendingPublish>().ToList();
            unsent.Sort((one, other) => one.Token.CompareTo(other.Token));

            foreach (var pending in CollectionsMarshal.AsSpan(unsent))
            {
                Send(pending);
            }

            if (unsent.Count > 0)
            {
                Telemetry.Resent.Add(unsent.Count);
                LogResent(unsent.Count);
            }
        }
    }

    private void Disconnected()
    {
        lock (gate)
        {
            link = null;
            inboxRefusal = null;
        }
    }

    private Task DrainAsync(CancellationToken cancellation)
    {
        lock (gate)
        {
            isDraining = true;

            if (InFlight == 0 && waiting.Count == 0)
            {
                return Task.CompletedTask;
            }

            var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            drains.Add(drained);
            return drained.Task.WaitAsync(cancellation);
        }
    }

    private static JetStreamException TooLarge(in StoreFrame frame, int payloadMax) => new(
        $"The message has {frame.PayloadLength} bytes, {frame.HeadersLength} of them headers; the server takes "
        + $"{payloadMax}, and {StoreFrame.HeadersLengthMax} of headers.",
        JetStreamErrors.MessageTooLarge,
        canRetry: false);

    [LoggerMessage(LogLevel.Information, "Sent {Count} unacknowledged messages again on a new connection.")]
    private partial void LogResent(int count);

    /// <summary>What the connection calls, kept off the public face.</summary>
    private sealed class Listener(JetStreamPublisher publisher) : ISubscriber
    {
        public string Subject => publisher.inbox.Wildcard;

        public void OnConnected(Link link) => publisher.Connected(link);

        public void OnDisconnected(Exception reason) => publisher.Disconnected();

        public void OnMessage(in Frame message) => publisher.Answered(message);

        public void OnPermissionViolation(PermissionViolation violation) => publisher.Refuse(violation);

        public Task DrainAsync(CancellationToken cancellation) => publisher.DrainAsync(cancellation);

        public void OnClosed() => publisher.Close();
    }
}
