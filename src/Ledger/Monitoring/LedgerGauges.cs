using System.Diagnostics.Metrics;
using EventLedger.Ledger.Intake;
using EventLedger.Ledger.Sources;
using Npgsql;

namespace EventLedger.Ledger.Monitoring;

/// <summary>How the ledger stands, as of the last look at its surroundings.</summary>
internal sealed class LedgerGauges
{
    private readonly Lookout lookout;
    private readonly UsageIntake intake;
    private readonly MissingEnvelopes envelopes;
    private long? missing;
    private volatile Surroundings found = new(Depths: null, Broker: false);

    /// <summary>Makes the instruments.</summary>
    public LedgerGauges(LedgerMeter ledger, Lookout lookout, MissingEnvelopes envelopes, UsageIntake intake)
    {
        this.envelopes = envelopes;
        this.lookout = lookout;
        this.intake = intake;
        var meter = ledger.Meter;
        meter.CreateObservableGauge(
            "ledger.database.up", () => found.Depths is null ? 0 : 1, "1", "1 where the database answers.");
        meter.CreateObservableGauge(
            "ledger.broker.up", () => found.Broker ? 1 : 0, "1", "1 where the broker answers and has the stream.");
        meter.CreateObservableGauge(
            "ledger.position", () => Known(found.Depths?.Position), "{position}", "The highest position.");
        meter.CreateObservableGauge(
            "ledger.waiting", () => Known(found.Depths?.Waiting), "{envelope}",
            "Envelopes whose customer nobody knows yet.");
        meter.CreateObservableGauge(
            "ledger.dead_letters", () => Known(found.Depths?.DeadLetters), "{envelope}",
            "Envelopes that are kept with a reason.");
        meter.CreateObservableGauge(
            "ledger.missing", () => Known(missing), "{envelope}",
            "Envelopes that producers have counted and that didn't come within a minute.");
        meter.CreateObservableGauge(
            "ledger.intake.lag", () => Known((long?)this.intake.Health?.Lag), "{message}",
            "Messages of the stream that are not settled yet, as last heard.");
        meter.CreateObservableGauge(
            "ledger.intake.unacknowledged", () => Known(this.intake.Health?.Unacknowledged), "{message}",
            "Of these, the ones that this process holds.");
        meter.CreateObservableGauge(
            "ledger.intake.oldest", () => this.intake.Health?.OldestUnacknowledged.TotalSeconds ?? 0, "s",
            "How long this process has held the oldest of them.");
    }

    /// <summary>Looks again, and keeps what it finds for the gauges.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        found = await lookout.LookAsync(cancellation);
        missing = found.Depths is null ? null : await CountMissingAsync(cancellation);
    }

    private async Task<long?> CountMissingAsync(CancellationToken cancellation)
    {
        try
        {
            return (await envelopes.FindAsync(cancellation)).Sum(gap => gap.Count);
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }

    // What isn't known is not shown, rather than shown as none.
    private static IEnumerable<Measurement<long>> Known(long? value) => value is { } known ? [new(known)] : [];
}
