using EventLedger.Embedded.Postgres;
using EventLedger.Embedded.Processes;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.Embedded.Tests;

public class RunningPostgres
{
    [Fact]
    public async Task A_cluster_keeps_its_promises_about_disk()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();

        (await AskAsync(database.ConnectionString, "show fsync")).ShouldBe("on");
        (await AskAsync(database.ConnectionString, "show synchronous_commit")).ShouldBe("on");
        (await AskAsync(database.ConnectionString, "show data_checksums")).ShouldBe("on");
    }

    [Fact]
    public async Task It_listens_on_loopback_only_and_takes_the_shipped_settings_sized_down()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();

        (await AskAsync(database.ConnectionString, "show listen_addresses")).ShouldBe("127.0.0.1");
        (await AskAsync(database.ConnectionString, "show wal_compression")).ShouldBe("lz4");
        (await AskAsync(database.ConnectionString, "show jit")).ShouldBe("off");
        (await AskAsync(database.ConnectionString, "show shared_buffers")).ShouldBe("128MB");
    }

    [Fact]
    public async Task A_database_is_made_once_and_kept()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();

        (await AskAsync(database.ConnectionString, "select current_database()")).ShouldBe(database.Name);
        (await AskAsync(database.ConnectionString, "select current_user")).ShouldBe(PrivatePostgres.Owner);
    }

    [Fact]
    public async Task Every_acknowledged_row_survives_a_kill_and_a_new_start()
    {
        await using var postgres = await TestPostgres.StartClusterAsync();
        await postgres.CreateDatabaseAsync("kept", CancellationToken.None);
        await AskAsync(postgres.ConnectionString("kept"), "create table t (i int); insert into t values (7)");

        postgres.Process!.Send(Signal.Kill);
        await postgres.Process.Exited;
        await postgres.LaunchAsync(CancellationToken.None);
        NpgsqlConnection.ClearAllPools();

        (await AskAsync(postgres.ConnectionString("kept"), "select i::text from t")).ShouldBe("7");
    }

    private static async Task<string?> AskAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (string?)await command.ExecuteScalarAsync();
    }
}
