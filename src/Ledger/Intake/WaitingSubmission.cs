using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Booking;

namespace EventLedger.Ledger.Intake;

/// <summary>An envelope that waited for its customer. It stays in the table unless its booking takes it out.</summary>
internal sealed class WaitingSubmission : Submission
{
    /// <summary>
    /// Takes an envelope that is due; <paramref name="deadLetterReason"/> where it has waited for too long.
    /// </summary>
    public WaitingSubmission(MessageOrigin origin, string? deadLetterReason)
    {
        Origin = origin;

        if (EnvelopeReader.TryRead(origin.Body.Span, out var envelope, out var problem))
        {
            Envelope = envelope;
            DeadLetterReason = deadLetterReason;
        }
        else
        {
            DeadLetterReason = problem.ToString();
        }
    }

    /// <inheritdoc/>
    public override bool IsWaiting => true;

    /// <inheritdoc/>
    protected override void OnSettled(BookingOutcome outcome)
    {
    }
}
