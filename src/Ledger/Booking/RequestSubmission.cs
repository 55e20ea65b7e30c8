using EventLedger.Contracts.Envelopes;

namespace EventLedger.Ledger.Booking;

/// <summary>An envelope of an HTTP request, whose caller waits for the answer.</summary>
public sealed class RequestSubmission : AnsweredSubmission
{
    /// <summary>Takes the caller's envelope.</summary>
    public RequestSubmission(UsageEnvelope envelope) => Envelope = envelope;

    /// <inheritdoc/>
    public override bool RefusesReuse => true;

    /// <inheritdoc/>
    public override bool WantsBalance => true;
}
