using EventLedger.Accounts;
using EventLedger.EventStore.Appending;

namespace EventLedger.Ledger.Booking;

/// <summary>What a batch of submissions needs to be locked and looked up.</summary>
internal sealed class BookingBatch
{
    /// <summary>Gathers streams and ids of <paramref name="submissions"/>.</summary>
    public BookingBatch(IReadOnlyList<Submission> submissions)
    {
        Submissions = submissions;
        var placeable = submissions.Where(submission => submission.DeadLetterReason is null).ToArray();
        var envelopes = Array.ConvertAll(placeable, submission => submission.Envelope!);

        Claims =
        [
            .. envelopes.CountBy(envelope => envelope.CustomerId)
                .Select(customer => new StreamClaim(customer.Key, customer.Value)),
        ];
        Customers = [.. Claims.Select(claim => claim.StreamId)];
        CustomersWithTenant =
        [
            .. envelopes.Where(envelope => envelope.TenantId is not null).Select(envelope => envelope.CustomerId),
        ];
        FirstIds = [.. placeable.Select(submission => submission.FirstId).Distinct()];
    }

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<Submission> Submissions { get; }

    /// <summary>Their customers' streams, with as many events as they have envelopes.</summary>
    public StreamClaim[] Claims { get; }

    /// <summary>Their customers, each once.</summary>
    public string[] Customers { get; }

    /// <summary>Those customers that would be opened if nobody knew them.</summary>
    public HashSet<string> CustomersWithTenant { get; }

    /// <summary>The ids that the envelopes are booked under, if those are free.</summary>
    public Guid[] FirstIds { get; }

    /// <summary>The ids to fall back to, of those envelopes whose first id is taken by other content.</summary>
    public List<Guid> SecondIdsOfTaken(IReadOnlyDictionary<Guid, long> fingerprints) => fingerprints.Count == 0 ? [] :
    [
        .. from submission in Submissions
           where submission.DeadLetterReason is null
           let envelope = submission.Envelope!
           where fingerprints.TryGetValue(submission.FirstId, out var fingerprint)
               && fingerprint != UsageDecider.FingerprintOf(envelope).Value
           select UsageDecider.SecondId(envelope),
    ];
}
