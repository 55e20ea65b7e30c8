using EventLedger.EventStore.Schema;
using EventLedger.Ledger.Cli;
using Npgsql;

namespace EventLedger.Ledger;

/// <summary>Brings the database to this version's schema as soon as it can be reached.</summary>
internal sealed partial class SchemaSetup(
    NpgsqlDataSource database, TimeProvider time, IHostApplicationLifetime application, ILogger<SchemaSetup> logger)
    : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the database has this version's schema.</summary>
    public Task Applied => done.Task;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var migration in await LedgerSchema.MigrateAsync(database, stoppingToken))
                {
                    LogApplied(migration.Number, migration.Name);
                }

                done.SetResult();
                return;
            }
            catch (SchemaMismatchException mismatch)
            {
                LogMismatch(mismatch);
                Environment.ExitCode = ExitCode.Failed;
                application.StopApplication();
                return;
            }
            catch (NpgsqlException failure)
            {
                LogUnreachable(failure.Message, RetryDelay.TotalSeconds);
            }

            await Task.Delay(RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(LogLevel.Information, "Applied migration {Number}: {Name}.")]
    private partial void LogApplied(int number, string name);

    [LoggerMessage(LogLevel.Critical, "The database's schema can't be used; stopping.")]
    private partial void LogMismatch(Exception mismatch);

    [LoggerMessage(LogLevel.Warning, "The database can't be reached ({Fault}); trying again in {DelaySeconds} s.")]
    private partial void LogUnreachable(string fault, double delaySeconds);
}
