using EventLedger.Accounts;
using EventLedger.Contracts.Money;
using EventLedger.EventStore.Appending;
using EventLedger.Ledger.Intake;
using EventLedger.Projections.Balances;
using EventId = EventLedger.Accounts.EventId;

namespace EventLedger.Ledger.Booking;

/// <summary>A submission and the event that it is.</summary>
/// <param name="Submission">The submission.</param>
/// <param name="EventId">The event.</param>
/// <param name="IsRepeat">Whether another submission had become the event before.</param>
internal readonly record struct PlacedSubmission(Submission Submission, Guid EventId, bool IsRepeat);

/// <summary>
/// What one transaction writes for a batch of submissions. Pure: made from what was read behind the locks, deciding
/// one submission after the other, each on what those before it left.
/// </summary>
internal sealed class BookingPlan
{
    private readonly Dictionary<string, Account> accounts;
    private readonly Dictionary<Guid, long> fingerprints;
    private readonly List<Charge> charges = [];
    private readonly List<(Submission Submission, Guid EventId)> repeats = [];
    private readonly Dictionary<Submission, BookingOutcome> outcomes = [];

    private BookingPlan(Dictionary<string, Account> accounts, IEnumerable<KeyValuePair<Guid, long>> fingerprints)
    {
        this.accounts = accounts;
        this.fingerprints = new(fingerprints);
    }

    /// <summary>The events, in the order of the submissions.</summary>
    public List<NewEvent> Events { get; } = [];

    /// <summary>The accounts that are opened.</summary>
    public List<(string CustomerId, AccountOpened Opened)> Opened { get; } = [];

    /// <summary>What is kept as a dead letter.</summary>
    public List<Submission> DeadLetters { get; } = [];

    /// <summary>What came through the broker and nobody can place yet.</summary>
    public List<Submission> ToKeepWaiting { get; } = [];

    /// <summary>What was waiting and has found its place.</summary>
    public List<Submission> NoLongerWaiting { get; } = [];

    /// <summary>What was a dead letter and has become an event.</summary>
    public List<(RetrySubmission Retry, Guid EventId)> NoLongerDead { get; } = [];

    /// <summary>The customers of <see cref="Opened"/>.</summary>
    public string[] OpenedCustomers => [.. Opened.Select(account => account.CustomerId)];

    /// <summary>Each node's record that becomes an event or was one before, with the event's id.</summary>
    public IEnumerable<PlacedSubmission> NodeRecords =>
    [
        .. charges.Where(charge => charge.Submission.Envelope!.IsNodeRecord).Select(charge => new PlacedSubmission(
            charge.Submission, Events[charge.EventIndex].Id, IsRepeat: false)),
        .. repeats.Where(repeat => repeat.Submission.Envelope!.IsNodeRecord).Select(repeat => new PlacedSubmission(
            repeat.Submission, repeat.EventId, IsRepeat: true)),
    ];

    /// <summary>What had been booked before.</summary>
    public IEnumerable<Submission> Repeated => repeats.Select(repeat => repeat.Submission);

    /// <summary>Customers whose present balance in micro-OMR somebody asks for, and no charge here tells.</summary>
    public string[] CustomersAskedFor =>
    [
        .. repeats.Select(repeated => repeated.Submission)
            .Concat(charges.Where(charge => !charge.IsInMicroOmr).Select(charge => charge.Submission))
            .Where(submission => submission.WantsBalance)
            .Select(submission => submission.Envelope!.CustomerId).Distinct(),
    ];

    /// <summary>Decides each submission in turn.</summary>
    /// <param name="submissions">In the order in which they came.</param>
    /// <param name="accounts">Those of their customers that are known; gets the opened ones.</param>
    /// <param name="fingerprints">Of those of their event ids that are stored.</param>
    public static BookingPlan Make(
        IReadOnlyList<Submission> submissions, Dictionary<string, Account> accounts,
        IEnumerable<KeyValuePair<Guid, long>> fingerprints)
    {
        var plan = new BookingPlan(accounts, fingerprints);

        foreach (var submission in submissions)
        {
            plan.Decide(submission);
        }

        return plan;
    }

    /// <summary>What the charges do to balances.</summary>
    public BalanceChange[] BalanceChanges =>
    [
        .. charges.Select(charge => new BalanceChange(
            charge.Submission.Envelope!.CustomerId, charge.Usage.Asset, charge.Usage.Amount, charge.EventIndex)),
    ];

    /// <summary>What became of each submission.</summary>
    /// <param name="balancesAfter">The balance after each of <see cref="BalanceChanges"/>.</param>
    /// <param name="balancesNow">The balances of <see cref="CustomersAskedFor"/>.</param>
    public Dictionary<Submission, BookingOutcome> Outcomes(
        long[] balancesAfter, IReadOnlyDictionary<string, long> balancesNow)
    {
        foreach (var (charge, balance) in charges.Zip(balancesAfter))
        {
            var inMicroOmr = charge.IsInMicroOmr
                ? balance
                : balancesNow.GetValueOrDefault(charge.Submission.Envelope!.CustomerId);
            outcomes.Add(charge.Submission, new BookingOutcome.Booked(Events[charge.EventIndex].Id, inMicroOmr));
        }

        foreach (var (submission, eventId) in repeats)
        {
            var balance = balancesNow.GetValueOrDefault(submission.Envelope!.CustomerId);
            outcomes.Add(submission, new BookingOutcome.Repeated(eventId, balance));
        }

        return outcomes;
    }

    private void Decide(Submission submission)
    {
        if (submission.DeadLetterReason is not null)
        {
            Bury(submission);
            return;
        }

        var envelope = submission.Envelope!;
        var account = accounts.GetValueOrDefault(envelope.CustomerId, Account.Initial);

        switch (UsageDecider.Decide(envelope, submission.FirstId, account, Known, submission.RefusesReuse))
        {
            case UsageDecision.Charged charged: Book(submission, account, charged); break;
            case UsageDecision.Repeated repeated: Repeat(submission, repeated.Id); break;
            case UsageDecision.Conflicting conflicting: Refuse(submission, conflicting.Id); break;
            default: LeaveWaiting(submission); break;
        }
    }

    private void Book(Submission submission, Account account, UsageDecision.Charged charged)
    {
        var customer = submission.Envelope!.CustomerId;

        if (charged.Opened is { } opened)
        {
            accounts[customer] = Account.Evolve(account, opened);
            Opened.Add((customer, opened));
            Events.Add(NewEvents.Of(customer, EventId.OfOpening(customer), default, opened));
        }

        fingerprints.Add(charged.Id, charged.Fingerprint.Value);
        charges.Add(new(Events.Count, submission, charged.Usage));
        Events.Add(NewEvents.Of(customer, charged.Id, charged.Fingerprint, charged.Usage));
        Place(submission, charged.Id);
    }

    private void Repeat(Submission submission, Guid eventId)
    {
        repeats.Add((submission, eventId));
        Place(submission, eventId);
    }

    private void Refuse(Submission submission, Guid eventId)
    {
        // Nobody waits for the answer to a message, so it is kept for an operator.
        if (submission.Origin is not null)
        {
            submission.DeadLetterReason = $"its request was booked with other content, as entry {eventId}";
            Bury(submission);
            return;
        }

        outcomes.Add(submission, new BookingOutcome.Conflicting(eventId));
    }

    private void LeaveWaiting(Submission submission)
    {
        if (submission is { Origin: not null, IsWaiting: false } and not RetrySubmission)
        {
            ToKeepWaiting.Add(submission);
        }

        outcomes.Add(submission, new BookingOutcome.UnknownCustomer());
    }

    private void Bury(Submission submission)
    {
        DeadLetters.Add(submission);
        outcomes.Add(submission, new BookingOutcome.DeadLettered());
        EndWaiting(submission);
    }

    private void Place(Submission submission, Guid eventId)
    {
        EndWaiting(submission);

        if (submission is RetrySubmission retry)
        {
            NoLongerDead.Add((retry, eventId));
        }
    }

    private void EndWaiting(Submission submission)
    {
        if (submission.IsWaiting)
        {
            NoLongerWaiting.Add(submission);
        }
    }

    private Fingerprint? Known(Guid id) => fingerprints.TryGetValue(id, out var value) ? new Fingerprint(value) : null;

    private readonly record struct Charge(int EventIndex, Submission Submission, UsageRecorded Usage)
    {
        public bool IsInMicroOmr => Submission.Envelope!.Charge.Asset == Asset.MicroOmr;
    }
}
