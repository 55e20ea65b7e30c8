using EventLedger.Projections.Rolling;

namespace EventLedger.Ledger.Rolling;

/// <summary>Keeps what follows the events up with them. In each process; of each kind, one at a time works.</summary>
internal sealed partial class RollupService(
    IEnumerable<Rollup> rollups, SchemaSetup schema, TimeProvider time, ILogger<RollupService> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Applied.WaitAsync(stoppingToken);
        await Task.WhenAll(rollups.Select(rollup => KeepUpAsync(rollup, stoppingToken)));
    }

    private async Task KeepUpAsync(Rollup rollup, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var failures = 0L;

        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                while (await rollup.RollAsync(stopping))
                {
                    // There is more.
                }

                failures = 0;
            }
            catch (Exception failure) when (!stopping.IsCancellationRequested)
            {
                // Whatever it is: an error that leaves here ends the process, and intake with it.
                LogFailed(failure, rollup.Name, ++failures);
            }
        }
    }

    [LoggerMessage(
        LogLevel.Warning, "{Name} stays behind the events, {Failures} times in a row; nothing is lost by it.")]
    private partial void LogFailed(Exception failure, string name, long failures);
}
