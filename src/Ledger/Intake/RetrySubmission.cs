using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Booking;

namespace EventLedger.Ledger.Intake;

/// <summary>A dead letter that an operator has booked again. It stays one unless its booking settles it.</summary>
internal sealed class RetrySubmission : Submission
{
    // The lane must not run what the caller does with its answer.
    private readonly TaskCompletionSource<BookingOutcome> answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes the envelope of a dead letter.</summary>
    public RetrySubmission(DeadLetter letter, UsageEnvelope envelope, string by)
    {
        Origin = letter.Origin;
        Envelope = envelope;
        By = by;
    }

    /// <summary>The operator.</summary>
    public string By { get; }

    /// <summary>What became of it.</summary>
    public Task<BookingOutcome> Outcome => answer.Task;

    /// <inheritdoc/>
    public override bool Persists => false;

    /// <inheritdoc/>
    protected override void OnSettled(BookingOutcome outcome) => answer.TrySetResult(outcome);
}
