using EventLedger.Embedded.Processes;
using EventLedger.Ledger.Tests;
using EventLedger.Testing;

namespace EventLedger.Simulation.Tests;

/// <summary>
/// <c>ops/runbooks/backup-and-restore.md</c>, followed command for command while 2,000 envelopes a second come in.
/// </summary>
public class RestoringToATime
{
    private static readonly TimeSpan ArchiveLimit = TimeSpan.FromMinutes(1);

    private static int Before => Rounds.Of(few: 2000, many: 60_000);

    [Fact]
    public async Task What_is_lost_with_the_database_comes_back_from_the_archive_and_the_broker_each_once()
    {
        await using var cluster = await TestPostgres.StartClusterAsync();
        await using var ledger = await LedgerHost.StartAsync(await TestDatabase.CreateAsync(cluster, "ledger"));
        var runbook = await RestoreRunbook.OpenAsync(cluster, ledger);
        await runbook.FollowAsync("Once");
        await cluster.Process!.StopAsync(TimeSpan.FromSeconds(10));
        await cluster.LaunchAsync(CancellationToken.None);
        ledger.Sql.Clear();

        await using var traffic = new Traffic(ledger);
        await traffic.GoesOnAsync(Before);
        await runbook.FollowAsync("Backup");
        await traffic.GoesOnAsync(Before);
        await runbook.FollowAsync("Anchor");
        var until = await ledger.ScalarAsync<string>("select clock_timestamp()::text");
        await traffic.GoesOnAsync(Before);
        var lost = await BookedAfterAsync(ledger, until);
        await ledger.RunAsync("anchor", "--key", runbook.KeyFile, "--out", runbook.LaterAnchors);
        await ArchivedAsync(ledger);

        cluster.Process.Send(Signal.Kill);
        await cluster.Process.Exited;
        Directory.Delete(runbook.Data, recursive: true);
        await traffic.GoesOnAsync(Before);

        await ledger.StopServiceAsync();
        await runbook.FollowAsync("Restore to a time", ("until", until));
        await cluster.LaunchAsync(CancellationToken.None);
        ledger.Sql.Clear();
        await Eventually.HoldsAsync(async () => !await ledger.ScalarAsync<bool>("select pg_is_in_recovery()"));
        (await ledger.ScalarAsync<long>("select position from head")).ShouldBeLessThan(lost);
        await runbook.FollowAsync("Prove it");
        var (later, output) = await ledger.RunAsync("verify", "--anchor", runbook.LaterAnchors);
        (later, output.Contains("is missing")).ShouldBe((1, true), output);

        await runbook.FollowAsync("Fill it up");
        await using var started = await ledger.StartBesideAsync();
        await traffic.GoesOnAsync(Before);
        await traffic.EndAsync();
        await runbook.FollowAsync("How to know that it is over");
        await traffic.IsBookedExactlyAsync(ledger);
    }

    // The broker was told of these, and delivers none of them again by itself.
    private static async Task<long> BookedAfterAsync(LedgerHost ledger, string time)
    {
        await Eventually.HoldsAsync(() => ledger.ScalarAsync<bool>(
            $"select recorded_at > '{time}'::timestamptz + interval '100 ms' from head"));
        return await ledger.ScalarAsync<long>("select position from head");
    }

    private static async Task ArchivedAsync(LedgerHost ledger)
    {
        var file = await ledger.ScalarAsync<string>("select pg_walfile_name(pg_switch_wal())");
        await Eventually.HoldsAsync(
            () => ledger.ScalarAsync<bool>(
                $"select coalesce(last_archived_wal >= '{file}', false) from pg_stat_archiver"),
            ArchiveLimit);
    }
}
