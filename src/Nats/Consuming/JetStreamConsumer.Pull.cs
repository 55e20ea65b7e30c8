using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace EventLedger.Nats;

// Pulling: what arrives, and what the engine makes of it.
public sealed partial class JetStreamConsumer
{
    private Link? link;
    private long lastPull;
    private long firstPullHere;
    private string lastSubject = "";

    // More than was asked for comes only when a pull that was given up for lost is served after all.
    private int HeldMax => options.MaxMessages * 2;

    private void Connected(Link opened)
    {
        lock (gate)
        {
            link = opened;
            isEstablished = false;
            BeginInspection();
        }
    }

    private void Disconnected()
    {
        lock (gate)
        {
            link = null;
            isEstablished = false;
            engine.Lost();
        }
    }

    private void Arrived(in Frame frame)
    {
        lock (gate)
        {
            // A message comes under its own subject. Only the server sends to the inbox, so nobody can forge a status.
            if (inbox.NumberOf(frame.Subject) is >= 0 and var pull)
            {
                TakeStatus(pull, HeaderBlock.Received(frame.Headers.ToArray()));
            }
            else if (session is not null && AckToken.TryParse(frame.ReplyTo, out var token))
            {
                TakeMessage(frame, token, session);
            }
        }
    }

    private void TakeStatus(long pull, HeaderBlock headers)
    {
        // A pull that was given up no longer counts, whatever became of it.
        if (pull < firstPullHere || !isReading)
        {
            return;
        }

        var status = PullStatus.Read(headers);

        if (status.Signal == PullSignal.Fatal)
        {
            failure = new JetStreamException(
                $"{stream}/{durable} can't be pulled from: {status.Text}.", JetStreamErrors.None, canRetry: false);
        }
        else if (status.Signal is PullSignal.TooGreedy or PullSignal.Unknown or PullSignal.Deleted)
        {
            LogStatus(stream, durable, status.Code, status.Text);
        }

        Do(engine.Told(status, Now));
    }

    private void TakeMessage(in Frame frame, in AckToken token, ConsumerSession current)
    {
        NoteMessage(token);
        Telemetry.Received.Add(1);
        var slab = slabs.For(JetStreamMessage.LengthIn(frame));
        var message = new JetStreamMessage(this, current, SubjectOf(frame), frame, token, slab);

        if (!isReading || isDraining || held.Count >= HeldMax)
        {
            GiveBack(message);
            return;
        }

        Do(engine.Received(Now));

        if (held.Count > 0 && heldBytes + message.Length > options.MaxBytes)
        {
            GiveBack(message);
            Do(engine.HandedOn(1, Now));
            return;
        }

        held.Enqueue(message);
        heldBytes += message.Length;
        Ring();
    }

    private void GiveBack(JetStreamMessage message)
    {
        NoteHandedOn(message);
        message.Nak(GiveBackDelay);
    }

    // Nearly all messages of a stream have the same subject, so one string serves them.
    private string SubjectOf(in Frame frame)
    {
        if (!Ascii.Equals(frame.Subject, lastSubject))
        {
            lastSubject = Encoding.UTF8.GetString(frame.Subject);
        }

        return lastSubject;
    }

    private void Tick()
    {
        lock (gate)
        {
            if (isReading)
            {
                Do(engine.Tick(Now));
                AskIfIdle();
            }
        }
    }

    private void Do(PullStep step)
    {
        switch (step.Action)
        {
            case PullAction.Pull:
                Pull(step);
                break;
            case PullAction.Inspect:
                isEstablished = false;
                BeginInspection();
                break;
            case PullAction.Stop:
                Ring();
                break;
        }
    }

    private void Pull(PullStep step)
    {
        const long NanosPerTick = 100;

        // The server refuses a heartbeat that is longer than half the pull.
        var heartbeat = long.Min(options.Heartbeat.Ticks, step.Expires.Ticks / 2) * NanosPerTick;
        var expires = step.Expires.Ticks * NanosPerTick;
        var body = string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"batch":{{step.Batch}},"expires":{{expires}},"idle_heartbeat":{{heartbeat}}}""");
        var replyTo = inbox.Prefix + (++lastPull).ToString(CultureInfo.InvariantCulture);

        // One that isn't taken is missed like one that got lost: the heartbeats stay away, and it is made again.
        link?.Outbox.TryWrite(
            Lane.Control,
            new MessageFrame(pullSubject, Encoding.ASCII.GetBytes(replyTo), Encoding.ASCII.GetBytes(body)));
    }

    private void Refuse(PermissionViolation violation)
    {
        lock (gate)
        {
            if (violation.Subject == inbox.Wildcard
                || (violation.IsPublish && violation.Subject == Encoding.ASCII.GetString(pullSubject)))
            {
                failure = new JetStreamException(violation.Message, JetStreamErrors.None, canRetry: false);
                Ring();
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Pulling from {Stream}/{Consumer} was answered with {Code} {Text}.")]
    private partial void LogStatus(string stream, string consumer, int code, string text);

    /// <summary>One reading, as the connection sees it.</summary>
    private sealed class Reading(JetStreamConsumer consumer, ITimer timer) : ISubscriber
    {
        public ITimer Timer => timer;

        public long Subscription { get; set; }

        public string Subject => consumer.inbox.Wildcard;

        public void OnConnected(Link link) => consumer.Connected(link);

        public void OnDisconnected(Exception reason) => consumer.Disconnected();

        public void OnMessage(in Frame message) => consumer.Arrived(message);

        public void OnPermissionViolation(PermissionViolation violation) => consumer.Refuse(violation);

        public Task DrainAsync(CancellationToken cancellation) => consumer.DrainAsync(cancellation);

        public void OnClosed() => consumer.Closed();
    }
}
