namespace EventLedger.Ledger.Booking;

/// <summary>An envelope whose submitter waits, and has it given back while nothing can be booked.</summary>
public abstract class AnsweredSubmission : Submission
{
    // The lane must not run what the submitter does with its answer.
    private readonly TaskCompletionSource<BookingOutcome> answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What became of it.</summary>
    public Task<BookingOutcome> Outcome => answer.Task;

    /// <inheritdoc/>
    public override bool Persists => false;

    /// <inheritdoc/>
    protected override void OnSettled(BookingOutcome outcome) => answer.TrySetResult(outcome);
}
