namespace EventLedger.Ledger.Monitoring;

/// <summary>
/// Looks again and again, for an exporter: it takes what the gauges have, where a scraper makes them look.
/// </summary>
internal sealed class GaugeRefresher(LedgerGauges gauges, TimeProvider time) : BackgroundService
{
    /// <summary>How old what is exported may be, besides the exporter's own interval.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);

        do
        {
            await gauges.RefreshAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
