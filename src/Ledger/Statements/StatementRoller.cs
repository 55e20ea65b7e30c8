using EventLedger.Projections.Statements;

namespace EventLedger.Ledger.Statements;

/// <summary>Keeps the statement totals up with the events. In each process; one at a time does the work.</summary>
internal sealed partial class StatementRoller(
    StatementRollup rollup, SchemaSetup schema, TimeProvider time, ILogger<StatementRoller> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Applied.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, time);
        var failures = 0L;

        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await rollup.RollAsync(stoppingToken))
                {
                    // There is more.
                }

                failures = 0;
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it is: an error that leaves here ends the process, and intake with it.
                LogFailed(failure, ++failures);
            }
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "Statement totals stay behind, {Failures} times in a row; statements are read from events until it passes.")]
    private partial void LogFailed(Exception failure, long failures);
}
