using EventLedger.EventStore.Schema;
using EventLedger.Ledger.Cli;
using Npgsql;

namespace EventLedger.Ledger;

/// <summary>
/// Brings the database to this version's schema as soon as it can be reached, or waits until its owner did.
/// </summary>
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
                var changes = await LedgerSchema.MigrateAsync(database, stoppingToken);

                foreach (var migration in changes.Applied)
                {
                    LogApplied(migration.Number, migration.Name);
                }

                if (changes.ByHand.Count > 0)
                {
                    LogRolesMissing(string.Join("; ", changes.ByHand));
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
            catch (SchemaBehindException behind)
            {
                // Whoever migrates may come after us, as in a rollout.
                LogBehind(behind.Message, RetryDelay.TotalSeconds);
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

    [LoggerMessage(
        LogLevel.Warning, "The database's roles aren't as they should be, and our user may not run: {ByHand}.")]
    private partial void LogRolesMissing(string byHand);

    [LoggerMessage(LogLevel.Warning, "{Fault} Looking again in {DelaySeconds} s.")]
    private partial void LogBehind(string fault, double delaySeconds);

    [LoggerMessage(LogLevel.Critical, "The database's schema can't be used; stopping.")]
    private partial void LogMismatch(Exception mismatch);

    [LoggerMessage(LogLevel.Warning, "The database can't be used ({Fault}); trying again in {DelaySeconds} s.")]
    private partial void LogUnreachable(string fault, double delaySeconds);
}
