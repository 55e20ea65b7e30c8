using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Booking;

namespace EventLedger.Ledger.Nodes;

/// <summary>A node's record on its way into the ledger, whose submitter waits for the answer.</summary>
internal sealed class RecordSubmission : AnsweredSubmission
{
    /// <summary>Takes a record that came on <paramref name="rail"/>.</summary>
    public RecordSubmission(UsageEnvelope record, Rail rail)
    {
        Envelope = record;
        Rail = rail;
    }

    /// <inheritdoc/>
    public override Rail Rail { get; }

    /// <inheritdoc/>
    public override bool RefusesReuse => true;
}
