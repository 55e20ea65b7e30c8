using EventLedger.Embedded;
using EventLedger.Embedded.Postgres;
using EventLedger.Embedded.Processes;
using Npgsql;

namespace EventLedger.Testing;

/// <summary>Real PostgreSQL for tests: one private cluster for the test process, one database for each test.</summary>
public static class TestPostgres
{
    private const int PortTriesMax = 5;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private static readonly Lazy<Task<PrivatePostgres>> Shared = new(StartSharedAsync);
    private static int made;

    /// <summary>A new empty database on the process's cluster, dropped on dispose.</summary>
    public static async Task<TestDatabase> CreateDatabaseAsync() =>
        await TestDatabase.CreateAsync(await Shared.Value, NextName());

    /// <summary>A new database on the process's cluster with what another has, to which nobody is connected.</summary>
    internal static async Task<TestDatabase> CreateDatabaseAsync(TestDatabase template) =>
        await TestDatabase.CreateAsync(await Shared.Value, NextName(), template.Name);

    /// <summary>A cluster of the test's own, for tests that stop or kill it.</summary>
    public static async Task<PrivatePostgres> StartClusterAsync()
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await PrivatePostgres.StartAsync(
                    new() { Folder = TestFolder.Make("postgres"), Port = FreePort.Next(), Size = PostgresSize.Small },
                    CancellationToken.None);
            }
            catch (EmbeddedException) when (tries < PortTriesMax)
            {
                // Another test process took the port since we looked.
            }
        }
    }

    private static string NextName() => $"test_{Interlocked.Increment(ref made)}";

    private static async Task<PrivatePostgres> StartSharedAsync()
    {
        var cluster = await StartClusterAsync();
        TestFolder.BeforeRemoval(() => EndAtOnce(cluster.Process!));
        return cluster;
    }

    // Without a checkpoint: the folder goes away next.
    private static void EndAtOnce(ChildProcess server)
    {
        server.Send(Signal.Quit);
        server.Exited.Wait(EndLimit);
    }
}

/// <summary>An empty database of one test.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly PrivatePostgres cluster;

    private TestDatabase(PrivatePostgres cluster, string name)
    {
        this.cluster = cluster;
        Name = name;
    }

    /// <summary>The database's name.</summary>
    public string Name { get; }

    /// <summary>For Npgsql.</summary>
    public string ConnectionString => cluster.ConnectionString(Name);

    /// <summary>For <c>DATABASE_URL</c>.</summary>
    public string Url => cluster.DatabaseUrl(Name);

    /// <summary>Makes the database.</summary>
    public static async Task<TestDatabase> CreateAsync(PrivatePostgres cluster, string name)
    {
        await cluster.CreateDatabaseAsync(name, CancellationToken.None);
        return new(cluster, name);
    }

    /// <summary>Makes the database as a copy of another one, to which nobody is connected.</summary>
    internal static async Task<TestDatabase> CreateAsync(PrivatePostgres cluster, string name, string template)
    {
        var database = new TestDatabase(cluster, name);
        await database.MaintainAsync($"create database {name} template {template}");
        return database;
    }

    /// <summary>Drops the database, whoever is still connected.</summary>
    public async ValueTask DisposeAsync() => await MaintainAsync($"drop database if exists {Name} with (force)");

    private async Task MaintainAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(cluster.ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
