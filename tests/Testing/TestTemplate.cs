using Npgsql;

namespace EventLedger.Testing;

/// <summary>A database that is made ready once for the test process, and copied for each test.</summary>
/// <param name="prepare">Makes it ready, and lets go of every connection: only an unused one can be copied.</param>
public sealed class TestTemplate(Func<NpgsqlDataSource, Task> prepare)
{
    private readonly Lazy<Task<TestDatabase>> prepared = new(() => PrepareAsync(prepare));

    /// <summary>A new database with what the template has, dropped on dispose.</summary>
    public async Task<TestDatabase> CopyAsync() => await TestPostgres.CreateDatabaseAsync(await prepared.Value);

    private static async Task<TestDatabase> PrepareAsync(Func<NpgsqlDataSource, Task> prepare)
    {
        var template = await TestPostgres.CreateDatabaseAsync();
        await using var database = NpgsqlDataSource.Create(template.ConnectionString + ";Pooling=false");
        await prepare(database);
        return template;
    }
}
