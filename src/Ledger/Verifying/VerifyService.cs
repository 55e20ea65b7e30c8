using EventLedger.EventStore.Verifying;
using EventLedger.Ledger.Nodes;
using Npgsql;

namespace EventLedger.Ledger.Verifying;

/// <summary>
/// Checks the whole ledger again and again, on one connection, so that nobody has to remember to. Of several ledgers,
/// one does.
/// </summary>
/// <param name="interval">How old the last check may become.</param>
/// <param name="database">The ledger's database.</param>
/// <param name="schema">Tells when it can be used.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Is told what is wrong.</param>
internal sealed partial class VerifyService(
    TimeSpan interval, NpgsqlDataSource database, SchemaSetup schema, TimeProvider time, ILogger<VerifyService> logger)
    : BackgroundService
{
    private const long LockKey = 7_000_000_000_000_000_023;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(1);

    /// <summary>Checks if the last check is too old, and nobody else is at it; true if it did.</summary>
    public async Task<bool> VerifyIfDueAsync(CancellationToken cancellation)
    {
        if (!await IsDueAsync(cancellation))
        {
            return false;
        }

        await using var turn = await OneAtATime.TakeAsync(database, LockKey, LockWait, cancellation);

        // Who had the turn before may just have done it.
        if (turn is null || !await IsDueAsync(cancellation))
        {
            return false;
        }

        var result = await WholeCheck.RunAsync(
            database, new VerifyOptions { Readers = 1 }, progress: null, cancellation);
        await VerificationTable.KeepAsync(database, result, cancellation);

        if (result.Wrong is { } wrong)
        {
            LogWrong(wrong);
        }

        return true;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Applied.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(LookInterval < interval ? LookInterval : interval, time);

        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await VerifyIfDueAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // The service has other things to do; that no check ends shows in the age of the last one.
                LogFailed(failure);
            }
        }
    }

    private async Task<bool> IsDueAsync(CancellationToken cancellation) =>
        await VerificationTable.FindLastAsync(database, cancellation) is not { } last
        || time.GetUtcNow() - last.FinishedAt >= interval;

    [LoggerMessage(LogLevel.Critical, "The ledger isn't what was booked: {Finding}.")]
    private partial void LogWrong(string finding);

    [LoggerMessage(LogLevel.Error, "The ledger could not be verified; it is tried again.")]
    private partial void LogFailed(Exception failure);
}
