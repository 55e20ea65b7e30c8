using EventLedger.Projections.Rolling;

namespace EventLedger.Ledger.Rolling;

/// <summary>
/// Keeps what follows the events up with them. In each process; of each kind, one at a time works. It rests in
/// proportion to what it worked: the busier the ledger, the more events share a row's change.
/// </summary>
internal sealed partial class RollupService(
    IEnumerable<Rollup> rollups, SchemaSetup schema, TimeProvider time, ILogger<RollupService> logger)
    : BackgroundService
{
    private const int RestFactor = 4;

    private static readonly TimeSpan RestMin = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RestMax = TimeSpan.FromSeconds(5);

    /// <summary>How long to rest after so much work.</summary>
    internal static TimeSpan RestAfter(TimeSpan worked) =>
        worked < RestMin / RestFactor ? RestMin
        : worked > RestMax / RestFactor ? RestMax
        : worked * RestFactor;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Applied.WaitAsync(stoppingToken);
        await Task.WhenAll(rollups.Select(rollup => KeepUpAsync(rollup, stoppingToken)));
    }

    private async Task KeepUpAsync(Rollup rollup, CancellationToken stopping)
    {
        var failures = 0L;
        var worked = TimeSpan.Zero;

        while (true)
        {
            await Task.Delay(RestAfter(worked), time, stopping);
            var started = time.GetTimestamp();

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

            worked = time.GetElapsedTime(started);
        }
    }

    [LoggerMessage(
        LogLevel.Warning, "{Name} stays behind the events, {Failures} times in a row; nothing is lost by it.")]
    private partial void LogFailed(Exception failure, string name, long failures);
}
