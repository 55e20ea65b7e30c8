using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Booking;
using EventLedger.Nats;

namespace EventLedger.Ledger.Intake;

/// <summary>A message of the stream, which is acknowledged once it is booked or kept.</summary>
internal sealed class BrokerSubmission : Submission
{
    private readonly JetStreamMessage message;

    /// <summary>Reads the envelope, or says why there is none.</summary>
    public BrokerSubmission(JetStreamMessage message)
    {
        this.message = message;
        Span = BookingTrace.Begin(message);
        Origin = new(message.Timestamp, checked((long)message.StreamSequence), message.Body);

        if (EnvelopeReader.TryRead(message.Body.Span, out var envelope, out var problem))
        {
            Envelope = envelope;
        }
        else
        {
            DeadLetterReason = problem.ToString();
        }
    }

    /// <inheritdoc/>
    protected override void OnSettled(BookingOutcome outcome)
    {
        if (outcome is BookingOutcome.DeadLettered)
        {
            message.Term();
        }
        else
        {
            message.Ack();
        }
    }
}
