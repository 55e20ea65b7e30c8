using EventLedger.Projections.Statements;
using Npgsql;

namespace EventLedger.Ledger;

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

        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await rollup.RollAsync(stoppingToken))
                {
                    // There is more.
                }
            }
            catch (NpgsqlException failure)
            {
                LogFailed(failure);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Statement totals stay behind; statements are read from events until it passes.")]
    private partial void LogFailed(Exception failure);
}
