namespace EventLedger.Ledger.Monitoring;

/// <summary>
/// Looks again and again, for an exporter: it takes what the gauges have, where a scraper makes them look.
/// </summary>
internal sealed partial class GaugeRefresher(
    LedgerGauges gauges, TimeProvider time, ILogger<GaugeRefresher> logger) : BackgroundService
{
    /// <summary>How old what is exported may be, besides the exporter's own interval.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);

        do
        {
            try
            {
                await gauges.RefreshAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // What only looks must not end what books.
                LogFailed(failure);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Error, "The gauges could not be brought up to date.")]
    private partial void LogFailed(Exception failure);
}
