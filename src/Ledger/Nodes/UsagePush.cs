using EventLedger.Contracts.Money;
using EventLedger.NodeBilling.Forges;
using EventLedger.NodeBilling.Otoml;
using EventLedger.NodeBilling.Pushing;
using Npgsql;

namespace EventLedger.Ledger.Nodes;

/// <summary>
/// Pushes what was recorded here to the repository. The checkpoint moves after the repository has it: whatever
/// happens between the two, the next push finds it there and writes nothing.
/// </summary>
internal sealed partial class UsagePush
{
    private const string LastCommit = "";

    private readonly NpgsqlDataSource database;
    private readonly IForge forge;
    private readonly ForgeRetry retry;
    private readonly string name;
    private readonly Checkpoint checkpoint;
    private readonly ForgeObjects known;
    private readonly UsagePusher pusher;
    private readonly RecordedUsage recorded;
    private readonly ILogger<UsagePush> logger;

    /// <summary>Pushes the usage of <paramref name="node"/> to <paramref name="forge"/>.</summary>
    public UsagePush(
        NpgsqlDataSource database, IForge forge, string node, Asset asset, ForgeRetry retry,
        ILogger<UsagePush> logger)
    {
        this.database = database;
        this.forge = forge;
        this.retry = retry;
        this.logger = logger;
        name = $"usage_push {node}";
        checkpoint = new(database, $"{name} {forge.Name}");
        known = new(database, forge.Name);
        pusher = new(forge, node, retry);
        recorded = new(database, asset);
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

        if (position < head && !await HasWhatWasPushedAsync(cancellation))
        {
            LogLost(forge.Name);
            await checkpoint.ForgetAsync(cancellation);
            position = 0;
        }

        while (position < head)
        {
            var page = await recorded.ReadAsync(position, head, cancellation);
            all = all.With(await PushAsync(page.Records, cancellation));
            await checkpoint.MoveAsync(page.Last, cancellation);
            position = page.Last;
        }

        while (await recorded.ReadLateAsync(cancellation) is { Count: > 0 } late)
        {
            all = all.With(await PushAsync(late, cancellation));
            await recorded.KeepPushedAsync(late, cancellation);
        }

        Log(all);
        return all;
    }

    // One that was made anew, or put back to an older state, lacks what the checkpoint is past.
    private async Task<bool> HasWhatWasPushedAsync(CancellationToken cancellation)
    {
        var kept = await known.ReadAsync(name, cancellation);
        return !kept.TryGetValue(LastCommit, out var commit)
            || await retry.RunAsync(() => forge.HasCommitAsync(commit, cancellation), cancellation);
    }

    private async Task<PushedUsage> PushAsync(
        IReadOnlyList<NodeUsageRecord> records, CancellationToken cancellation)
    {
        var pushed = await pusher.PushAsync(records, cancellation);

        if (pushed.Commit is { } commit)
        {
            await known.KeepAsync(name, LastCommit, commit, cancellation);
        }

        return pushed;
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

    [LoggerMessage(LogLevel.Warning, "{Repository} lacks what was pushed to it: all node usage is pushed again.")]
    private partial void LogLost(string repository);

    [LoggerMessage(LogLevel.Warning, "{Records} records had been changed in the repository, and are put right again.")]
    private partial void LogCorrected(int records);
}
