using EventLedger.Testing;
using Npgsql;

namespace EventLedger.Ledger.Tests;

/// <summary>An old platform's database, in one of its two generations.</summary>
internal sealed class LegacyTables : IAsyncDisposable
{
    private const string Customers = """
        create table customers (id uuid primary key, user_id text, tenant_id text, name text);
        """;

    private const string OldRows = """
        create table credit_ledger (id uuid primary key, customer_id uuid, amount_omr int, reason text,
            order_id text, status text, created_at timestamptz default '2025-03-01T12:00:00Z')
        """;

    private const string NewColumns = """
        alter table credit_ledger add amount_micro_omr bigint, add external_ref text, add metadata jsonb
        """;

    private readonly TestDatabase database;

    private LegacyTables(TestDatabase database)
    {
        this.database = database;
        Sql = NpgsqlDataSource.Create(database.ConnectionString);
    }

    public string Url => database.Url;

    public NpgsqlDataSource Sql { get; }

    public static async Task<LegacyTables> CreateAsync(bool isNewer = true)
    {
        var tables = new LegacyTables(await TestPostgres.CreateDatabaseAsync());
        await tables.ExecuteAsync(Customers + OldRows);

        if (isNewer)
        {
            await tables.ExecuteAsync(NewColumns);
        }

        return tables;
    }

    /// <summary>The id that the tests give to the n-th row or customer.</summary>
    public static Guid Id(int n) => new($"00000000-0000-4000-8000-{n:x12}");

    public Task AddCustomerAsync(int n, string? userId, string? tenantId = "tenant-acme") => ExecuteAsync(
        "insert into customers (id, user_id, tenant_id) values ($1, $2, $3)", Id(n), userId, tenantId);

    public async Task ExecuteAsync(string sql, params object?[] values)
    {
        await using var command = Sql.CreateCommand(sql);

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        }

        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Sql.DisposeAsync();
        await database.DisposeAsync();
    }
}
