using EventLedger.EventStore.Appending;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.EventStore.Tests;

/// <summary>Connections that appends keep from one to the next.</summary>
public class KeepingConnections
{
    [Fact]
    public async Task At_most_so_many_are_kept_while_nobody_appends()
    {
        await using var store = await TestStore.CreateAsync();
        var appends = new List<AppendTransaction>();

        for (var i = 0; i < AppendConnections.IdleMax + 2; i++)
        {
            appends.Add(await store.Store.BeginAsync(CancellationToken.None));
        }

        int[] processes = [.. appends.Select(append => append.Connection.ProcessID)];
        await EndAsync(appends);
        store.Store.IdleConnections.ShouldBe(AppendConnections.IdleMax);
        await Eventually.HoldsAsync(async () => await CountAsync(store, processes) == AppendConnections.IdleMax);
    }

    [Fact]
    public async Task None_is_left_open_once_the_store_is_disposed()
    {
        await using var store = await TestStore.CreateAsync();
        int process;

        await using (var append = await store.Store.BeginAsync(CancellationToken.None))
        {
            process = append.Connection.ProcessID;
        }

        await store.Store.DisposeAsync();
        await Eventually.HoldsAsync(async () => await CountAsync(store, [process]) == 0);
    }

    [Fact]
    public async Task One_that_broke_takes_the_idle_ones_with_it()
    {
        await using var store = await TestStore.CreateAsync();
        var first = await store.Store.BeginAsync(CancellationToken.None);
        var second = await store.Store.BeginAsync(CancellationToken.None);
        int[] processes = [first.Connection.ProcessID, second.Connection.ProcessID];
        await first.DisposeAsync();
        await second.DisposeAsync();
        await KillAsync(store, processes);

        await using (var broken = await store.Store.BeginAsync(CancellationToken.None))
        {
            await Should.ThrowAsync<NpgsqlException>(
                () => broken.LockAsync([], [TestStore.IdOf(1)], CancellationToken.None));
        }

        await store.AppendAsync(TestStore.Event("customer", 1));
    }

    [Fact]
    public async Task One_that_was_cancelled_while_it_held_the_drawing_lock_holds_up_nobody()
    {
        await using var store = await TestStore.CreateAsync();

        // Makes the moment between taking the lock and being ready to give it back last.
        await store.ExecuteAsync("""
            alter function reserve_positions rename to reserve_positions_at_once;
            create function reserve_positions(positions bigint, out ticket bigint, out first bigint, out time_us bigint)
            language plpgsql as $$
            begin
                perform pg_advisory_lock(7000000000000000001);
                perform pg_sleep(60);
            end $$
            """);

        using (var soon = new CancellationTokenSource())
        {
            var append = AppendAsync(store, soon.Token);
            await Eventually.HoldsAsync(() => store.ScalarAsync<bool>(
                "select exists (select from pg_stat_activity "
                + "where wait_event = 'PgSleep' and datname = current_database())"));
            await soon.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(append);
        }

        await store.ExecuteAsync("""
            drop function reserve_positions;
            alter function reserve_positions_at_once rename to reserve_positions
            """);
        await Eventually.HoldsAsync(() => store.ScalarAsync<bool>(
            "select not exists (select from pg_locks where locktype = 'advisory' and objsubid = 1 and granted "
            + "and database = (select oid from pg_database where datname = current_database()))"));
        await store.AppendAsync(TestStore.Event("customer", 2));
    }

    private static async Task AppendAsync(TestStore store, CancellationToken cancellation)
    {
        await using var append = await store.Store.BeginAsync(CancellationToken.None);
        await append.CreateStreamsAsync(["customer"], CancellationToken.None);
        await append.LockAsync([new StreamClaim("customer", 1)], [TestStore.IdOf(1)], CancellationToken.None);
        await append.WriteAndCommitAsync([TestStore.Event("customer", 1)], [], cancellation);
    }

    private static async Task EndAsync(List<AppendTransaction> appends)
    {
        foreach (var append in appends)
        {
            await append.DisposeAsync();
        }

        appends.Clear();
    }

    private static async Task<long> CountAsync(TestStore store, int[] processes)
    {
        await using var count = store.Database.CreateCommand(
            "select count(*) from pg_stat_activity where pid = any($1)");
        count.Parameters.Add(new() { Value = processes });
        return (long)(await count.ExecuteScalarAsync())!;
    }

    private static async Task KillAsync(TestStore store, int[] processes)
    {
        await using var kill = store.Database.CreateCommand("select pg_terminate_backend(pid) from unnest($1) as pid");
        kill.Parameters.Add(new() { Value = processes });
        await kill.ExecuteNonQueryAsync();
    }
}
