using EventLedger.NodeBilling.Forges;
using EventLedger.NodeBilling.Pushing;
using Npgsql;

namespace EventLedger.Ledger.Nodes;

/// <summary>
/// Pushes what was recorded here to the repository. The checkpoint moves after the repository has it: whatever
/// happens between the two, the next push finds it there and writes nothing.
/// </summary>
internal sealed partial class UsagePush
{
    private readonly NpgsqlDataSource database;
    private readonly Checkpoint checkpoint;
    private readonly UsagePusher pusher;
    private readonly RecordedUsage recorded;
    private readonly ILogger<UsagePush> logger;

    /// <summary>Pushes the usage of <paramref name="node"/> to <paramref name="forge"/>.</summary>
    public UsagePush(
        NpgsqlDataSource database, IForge forge, string node, ForgeRetry retry, ILogger<UsagePush> logger)
    {
        this.database = database;
        this.logger = logger;
        checkpoint = new(database, $"usage_push {node} {forge.Name}");
        pusher = new(forge, node, retry);
        recorded = new(database);
    }

    /// <summary>Pushes what there is; null if another push was at it for too long.</summary>
    /// <exception cref="ForgeException">The repository doesn't have all of it; pushing again is safe.</exception>
    public async Task<PushedUsage?> PushAsync(CancellationToken cancellation)
    {
        await using var turn = await OneAtATime.TakeAsync(
            database, OneAtATime.Push, OneAtATime.WaitMax, cancellation);

        if (turn is null)
        {
            return null;
        }

        var (position, head) = await checkpoint.ReadAsync(cancellation);
        var all = PushedUsage.None;

        while (position < head)
        {
            var page = await recorded.ReadAsync(position, head, cancellation);
            all = all.With(await pusher.PushAsync(page.Records, cancellation));
            await checkpoint.MoveAsync(page.Last, cancellation);
            position = page.Last;
        }

        Log(all);
        return all;
    }

    private void Log(PushedUsage pushed)
    {
        if (pushed.Corrected > 0)
        {
            LogCorrected(pushed.Corrected);
        }

        if (pushed.Files > 0)
        {
            LogPushed(pushed.Records, pushed.Files, pushed.Commit!);
        }
    }

    [LoggerMessage(LogLevel.Information, "Pushed {Records} records of node usage in {Files} files: commit {Commit}.")]
    private partial void LogPushed(int records, int files, string commit);

    [LoggerMessage(LogLevel.Warning, "{Records} records had been changed in the repository, and are put right again.")]
    private partial void LogCorrected(int records);
}
