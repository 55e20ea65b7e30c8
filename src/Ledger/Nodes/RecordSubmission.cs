using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Booking;

namespace EventLedger.Ledger.Nodes;

/// <summary>A node's record on its way into the ledger, whose submitter waits for the answer.</summary>
internal sealed class RecordSubmission : Submission
{
    // The lane must not run what the submitter does with its answer.
    private readonly TaskCompletionSource<BookingOutcome> answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes a record that came on <paramref name="rail"/>.</summary>
    public RecordSubmission(UsageEnvelope record, Rail rail)
    {
        Envelope = record;
        Rail = rail;
    }

    /// <summary>What became of it.</summary>
    public Task<BookingOutcome> Outcome => answer.Task;

    /// <inheritdoc/>
    public override Rail Rail { get; }

    /// <inheritdoc/>
    public override bool RefusesReuse => true;

    /// <inheritdoc/>
    public override bool Persists => false;

    /// <inheritdoc/>
    protected override void OnSettled(BookingOutcome outcome) => answer.TrySetResult(outcome);
}
