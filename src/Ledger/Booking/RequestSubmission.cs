using EventLedger.Contracts.Envelopes;

namespace EventLedger.Ledger.Booking;

/// <summary>An envelope of an HTTP request, whose caller waits for the answer.</summary>
public sealed class RequestSubmission : Submission
{
    // The lane must not run what the caller does with its answer.
    private readonly TaskCompletionSource<BookingOutcome> answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes the caller's envelope.</summary>
    public RequestSubmission(UsageEnvelope envelope) => Envelope = envelope;

    /// <summary>What became of it.</summary>
    public Task<BookingOutcome> Outcome => answer.Task;

    /// <inheritdoc/>
    public override bool RefusesReuse => true;

    /// <inheritdoc/>
    public override bool WantsBalance => true;

    /// <inheritdoc/>
    public override bool Persists => false;

    /// <inheritdoc/>
    protected override void OnSettled(BookingOutcome outcome) => answer.TrySetResult(outcome);
}
