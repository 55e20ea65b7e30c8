using System.Diagnostics.Metrics;
using EventLedger.Ledger.Booking;

namespace EventLedger.Ledger.Monitoring;

/// <summary>What the ledger counts and times.</summary>
public sealed class LedgerMeter
{
    /// <summary>The name of the meter.</summary>
    public const string Name = "EventLedger.Ledger";

    private static readonly InstrumentAdvice<double> CommitSeconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private readonly Counter<long> submissions;
    private readonly Counter<long> failures;
    private readonly Histogram<double> commits;

    /// <summary>Makes the instruments of one service.</summary>
    public LedgerMeter(Meter meter)
    {
        Meter = meter;
        submissions = Meter.CreateCounter<long>(
            "ledger.submissions", "{submission}", "Envelopes, requests and orders, by what became of them.");
        failures = Meter.CreateCounter<long>(
            "ledger.commit.failures", "{attempt}", "Attempts to book a batch that the database ended.");
        commits = Meter.CreateHistogram(
            "ledger.commit.duration", "s", "From a batch's first lock to its commit.", tags: null, CommitSeconds);
    }

    /// <summary>For what is asked when somebody looks.</summary>
    internal Meter Meter { get; }

    /// <summary>A batch was booked.</summary>
    internal void Booked(IEnumerable<BookingOutcome> outcomes, TimeSpan duration)
    {
        commits.Record(duration.TotalSeconds);

        foreach (var (name, count) in outcomes.CountBy(NameOf))
        {
            Count(name, count);
        }
    }

    /// <summary>An operator's order was carried out, or wasn't.</summary>
    internal void CarriedOut(OrderOutcome outcome) => Count(NameOf(outcome), 1);

    /// <summary>A batch could not be booked, and is tried again or given back.</summary>
    internal void Failed() => failures.Add(1);

    private void Count(string outcome, long count) =>
        submissions.Add(count, new KeyValuePair<string, object?>("outcome", outcome));

    private static string NameOf(OrderOutcome outcome) => outcome switch
    {
        OrderOutcome.Done => "booked",
        OrderOutcome.Repeated or OrderOutcome.AlreadySo => "duplicate",
        OrderOutcome.Conflicting => "conflict",
        _ => "refused",
    };

    private static string NameOf(BookingOutcome outcome) => outcome switch
    {
        BookingOutcome.Booked => "booked",
        BookingOutcome.Repeated => "duplicate",
        BookingOutcome.Conflicting => "conflict",
        BookingOutcome.UnknownCustomer => "waiting",
        BookingOutcome.DeadLettered => "dead_letter",
        _ => "refused",
    };
}
