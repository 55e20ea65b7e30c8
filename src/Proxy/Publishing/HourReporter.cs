using EventLedger.Contracts.Reports;
using EventLedger.Nats;
using EventLedger.Proxy.Spool;

namespace EventLedger.Proxy.Publishing;

/// <summary>
/// Says every few seconds, and at the end, what became of the envelopes of each hour. One report that gets lost is no
/// loss: the next one says it all.
/// </summary>
internal sealed partial class HourReporter(
    UsageSpool spool, SpoolOptions options, BrokerConnection broker, TimeProvider clock, ILogger<HourReporter> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastLimit = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await ReportAsync(LastLimit, CancellationToken.None);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);

        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await ReportAsync(Interval, stoppingToken);
        }
    }

    // Without a folder nobody knows what was counted before, and under which name.
    private async Task ReportAsync(TimeSpan within, CancellationToken stopping)
    {
        var hours = spool.Counters.Hours.Read();

        if (spool.Store is not { } store || hours.Count == 0)
        {
            return;
        }

        using var limit = new CancellationTokenSource(within, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);

        try
        {
            await broker.ReportAsync(new HourReport(options.Source, store.Counts, hours), both.Token);
        }
        catch (Exception failure) when (
            failure is NatsException || (failure is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            LogNotReported(failure.Message);
        }
    }

    [LoggerMessage(LogLevel.Debug, "What was counted by hour is not reported now: {Fault}")]
    private partial void LogNotReported(string fault);
}
