namespace EventLedger.Nats;

// Answers, and what becomes of a message whose answer stays away. All of it runs under the lock.
public sealed partial class JetStreamPublisher
{
    private const int RefusalsDoublingMax = 6;

    private void Answered(in Frame message)
    {
        lock (gate)
        {
            var token = inbox.NumberOf(message.Subject);

            // The answer to an earlier sending may come after its place went to another message.
            if (token < 0 || window[PlaceOf(token)] is not { } pending || pending.Token != token)
            {
                return;
            }

            var status = message.Headers.IsEmpty ? 0 : HeaderBlock.Received(message.Headers.ToArray()).StatusCode;
            TakeReply(
                pending,
                status == JetStreamStatus.NoResponders
                    ? PublishReply.NoResponders()
                    : PublishReply.Read(message.Body, lastStream));
        }
    }

    private void Refuse(PermissionViolation violation)
    {
        lock (gate)
        {
            // The server says it once, at times before the first message: none on this connection has an answer.
            inboxRefusal = RefusesInbox(violation) ? violation.Message : inboxRefusal;

            foreach (var pending in window)
            {
                if (pending is not null && Concerns(violation, pending))
                {
                    Finish(pending, default, NotPermitted(violation.Message));
                }
            }
        }
    }

    private bool Concerns(PermissionViolation violation, PendingPublish pending) =>
        RefusesInbox(violation) || (violation.IsPublish && violation.Subject == pending.Subject);

    private bool RefusesInbox(PermissionViolation violation) =>
        !violation.IsPublish && violation.Subject == inbox.Wildcard;

    private static JetStreamException NotPermitted(string refusal) =>
        new(refusal, JetStreamErrors.None, canRetry: false);

    private void TakeReply(PendingPublish pending, in PublishReply reply)
    {
        if (reply.IsSuccess)
        {
            lastStream = reply.Ack.Stream;
            lastProgress = time.GetUtcNow();
            Telemetry.Duplicates.Add(reply.Ack.Duplicate ? 1 : 0);
            Finish(pending, reply.Ack, failure: null);
        }
        else if (JetStreamErrors.CanRetry(reply.ErrorCode, reply.HttpCode))
        {
            pending.DueIn = options.RetryDelay * (1 << int.Min(pending.Refusals++, RefusalsDoublingMax));
            pending.LastRefusal = reply;
            pending.IsSent = false;
            pending.SentAt = time.GetTimestamp();
        }
        else
        {
            Finish(pending, default, Refused(reply, canRetry: false));
        }
    }

    private void Sweep()
    {
        lock (gate)
        {
            // Waiting ones are in the order of their deadlines.
            while (waiting.TryPeek(out var first) && IsOverdue(first))
            {
                waiting.Dequeue();
                Finish(first, default, TimedOut(first));
            }

            foreach (var pending in window)
            {
                if (pending is not null)
                {
                    Sweep(pending);
                }
            }
        }
    }

    private void Sweep(PendingPublish pending)
    {
        if (IsOverdue(pending))
        {
            Finish(pending, default, TimedOut(pending));
        }
        else if (!pending.IsSent)
        {
            SendIfDue(pending, pending.DueIn);
        }
        else if (link?.Outbox.HasLeft(Lane.Publish, pending.Position) == true)
        {
            SendIfDue(pending, options.ResendAfter);
        }
        else
        {
            // Still waiting to be sent, on a slow connection: another copy behind it would only make it slower.
            pending.SentAt = time.GetTimestamp();
        }
    }

    private void SendIfDue(PendingPublish pending, TimeSpan after)
    {
        if (time.GetElapsedTime(pending.SentAt) >= after)
        {
            Telemetry.Resent.Add(1);
            Send(pending);
        }
    }

    private bool IsOverdue(PendingPublish pending) => time.GetElapsedTime(pending.StartedAt) >= options.AckTimeout;

    private JetStreamException TimedOut(PendingPublish pending) => pending.LastRefusal is { } refusal
        ? Refused(refusal, canRetry: true)
        : new JetStreamException(
            $"No acknowledgement within {options.AckTimeout.TotalSeconds:0.###} s; the message may have been stored.",
            JetStreamErrors.None,
            canRetry: true);

    private static JetStreamException Refused(in PublishReply reply, bool canRetry) =>
        new($"The message was refused: {reply.Error} ({reply.ErrorCode}).", reply.ErrorCode, canRetry);
}
