using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Booking;

namespace EventLedger.Ledger.Intake;

/// <summary>A dead letter that an operator has booked again. It stays one unless its booking settles it.</summary>
internal sealed class RetrySubmission : AnsweredSubmission
{
    /// <summary>Takes the envelope of a dead letter.</summary>
    public RetrySubmission(DeadLetter letter, UsageEnvelope envelope, string by)
    {
        Origin = letter.Origin;
        Envelope = envelope;
        By = by;
    }

    /// <summary>The operator.</summary>
    public string By { get; }
}
