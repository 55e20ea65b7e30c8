using System.Diagnostics.Metrics;
using EventLedger.Ledger.Intake;

namespace EventLedger.Ledger.Monitoring;

/// <summary>How the ledger stands, as of the last look at its surroundings.</summary>
internal sealed class LedgerGauges
{
    private readonly Lookout lookout;
    private readonly UsageIntake intake;
    private readonly Lock gate = new();
    private Task? looking;
    private volatile Surroundings found = new(Database: false, Broker: false);
    private volatile Depths? depths;
    private volatile Counted? counted;
    private volatile StreamLook? stream;
    private volatile IReadOnlyList<DifferingHours>? differing;

    /// <summary>Makes the instruments.</summary>
    public LedgerGauges(LedgerMeter ledger, Lookout lookout, UsageIntake intake, TimeProvider time)
    {
        this.lookout = lookout;
        this.intake = intake;
        var meter = ledger.Meter;
        meter.CreateObservableGauge(
            "ledger.database.up", () => found.Database ? 1 : 0, "1", "1 where the database answers.");
        meter.CreateObservableGauge(
            "ledger.broker.up", () => found.Broker ? 1 : 0, "1", "1 where the broker answers and has the stream.");
        meter.CreateObservableGauge(
            "ledger.position", () => Known(depths?.Position), "{position}", "The highest position.");
        meter.CreateObservableGauge(
            "ledger.waiting", () => Known(depths?.Waiting), "{envelope}",
            "Envelopes whose customer nobody knows yet.");
        meter.CreateObservableGauge(
            "ledger.dead_letters", () => Known(depths?.DeadLetters), "{envelope}",
            "Envelopes that are kept with a reason.");
        meter.CreateObservableGauge(
            "ledger.missing", () => Known(counted?.Missing), "{envelope}",
            "Envelopes that producers have counted and that didn't come within a minute.");
        meter.CreateObservableGauge(
            "ledger.sources.sparse", () => Known(counted?.Sparse), "{epoch}",
            "Epochs of producers that don't count without gaps, so that nobody can tell what is missing.");
        meter.CreateObservableGauge(
            "ledger.database.size", () => Known(depths?.Bytes), "By", "What the database takes on its disk.");
        meter.CreateObservableGauge(
            "ledger.verified.wrong", () => Known(depths?.Verified is { } last ? last.Finding is null ? 0 : 1 : null),
            "1", "1 where the last check of the whole ledger found something wrong.");
        meter.CreateObservableGauge(
            "ledger.verified.age", () => AgeOf(depths?.Verified?.FinishedAt, time.GetUtcNow()), "s",
            "How long ago the last check of the whole ledger ended.");
        meter.CreateObservableGauge(
            "ledger.verified.position", () => Known(depths?.Verified?.Position), "{position}",
            "The highest position that it saw.");
        meter.CreateObservableGauge(
            "ledger.conservation.differing", () => DifferingOf(differing), "{hour}",
            "Hours of each producer, of the last 14 days, in which what it observed and what the ledger has differ.");
        meter.CreateObservableGauge(
            "ledger.rollup.lag", () => LagsOf(depths), "{position}",
            "Positions that each roll-up is behind the highest one.");
        meter.CreateObservableGauge(
            "ledger.intake.lag", () => Known((long?)this.intake.Health?.Lag), "{message}",
            "Messages of the stream that are not settled yet, as last heard.");
        meter.CreateObservableGauge(
            "ledger.intake.unacknowledged", () => Known(this.intake.Health?.Unacknowledged), "{message}",
            "Of these, the ones that this process holds.");
        meter.CreateObservableGauge(
            "ledger.intake.oldest", () => this.intake.Health?.OldestUnacknowledged.TotalSeconds ?? 0, "s",
            "How long this process has held the oldest of them.");
        meter.CreateObservableGauge(
            "ledger.stream.oldest",
            () => stream is { } seen ? AgeOf(seen.UnsettledSince ?? time.GetUtcNow(), time.GetUtcNow()) : [], "s",
            "How long ago the stream took the oldest envelope that nobody has settled; 0 for none.");
    }

    /// <summary>
    /// Looks again, and keeps what it finds for the gauges. Whoever asks while somebody looks waits for that look:
    /// anybody may ask, and counting takes its time.
    /// </summary>
    public Task RefreshAsync(CancellationToken cancellation)
    {
        lock (gate)
        {
            looking = looking is { IsCompleted: false } ? looking : LookAsync();
            return looking.WaitAsync(cancellation);
        }
    }

    private async Task LookAsync()
    {
        await Task.Yield();
        found = await lookout.LookAsync(CancellationToken.None);

        // At the same time: whoever scrapes gives up after ten seconds, and would then have none of it.
        var measuring = found.Database ? lookout.MeasureAsync(CancellationToken.None) : Unknown<Depths>();
        var counting = found.Database ? lookout.CountMissingAsync(CancellationToken.None) : Unknown<Counted>();
        stream = found.Broker ? await lookout.LookAtStreamAsync(CancellationToken.None) : null;
        differing = found.Database && stream is { } seen
            ? await lookout.CompareHoursAsync(seen, CancellationToken.None)
            : null;
        (depths, counted) = (await measuring, await counting);
    }

    private static Task<T?> Unknown<T>()
        where T : class => Task.FromResult<T?>(null);

    private static IEnumerable<Measurement<long>> LagsOf(Depths? depths) =>
        (depths?.Lags ?? []).Select(lag => new Measurement<long>(
            lag.Positions, new KeyValuePair<string, object?>("name", lag.Rollup)));

    // Clocks differ a little; nothing is of the future.
    private static IEnumerable<Measurement<double>> AgeOf(DateTimeOffset? since, DateTimeOffset now) =>
        since is { } known ? [new(Math.Max((now - known).TotalSeconds, 0))] : [];

    private static IEnumerable<Measurement<long>> DifferingOf(IReadOnlyList<DifferingHours>? differing) =>
        (differing ?? []).Select(each => new Measurement<long>(
            each.Hours, new KeyValuePair<string, object?>("source", each.Source)));

    // What isn't known is not shown, rather than shown as none.
    private static IEnumerable<Measurement<long>> Known(long? value) => value is { } known ? [new(known)] : [];
}
