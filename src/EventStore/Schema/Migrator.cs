using EventLedger.EventStore.Appending;
using Npgsql;

namespace EventLedger.EventStore.Schema;

/// <summary>Brings a database to the schema of this version.</summary>
/// <param name="database">Where; who applies a step owns what it makes.</param>
/// <param name="migrations">All steps, in any order.</param>
public sealed class Migrator(NpgsqlDataSource database, IEnumerable<Migration> migrations)
{
    // Two processes that start together apply each step once.
    private const string LockSql = $"select pg_advisory_xact_lock({WriterLock.Key})";

    private const string HistorySql = """
        create table if not exists schema_migrations (
            number int primary key, name text not null, checksum text not null,
            applied_at timestamptz not null default now())
        """;

    private const string HasHistorySql = "select to_regclass('schema_migrations') is not null";

    private readonly Migration[] steps = [.. migrations.OrderBy(migration => migration.Number)];

    /// <summary>Applies what is missing, each step in a transaction of its own; gives the steps applied now.</summary>
    /// <exception cref="SchemaMismatchException">The database is of a later version, or a step was edited.</exception>
    /// <exception cref="SchemaBehindException">A step is missing, and the user may not apply it.</exception>
    public async Task<IReadOnlyList<Migration>> MigrateAsync(CancellationToken cancellation)
    {
        var applied = new List<Migration>();

        while (await ApplyNextAsync(cancellation) is { } migration)
        {
            applied.Add(migration);
        }

        return applied;
    }

    private async Task<Migration?> ApplyNextAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(LockSql, connection, cancellation);

        if (Next(await ReadHistoryAsync(connection, cancellation)) is not { } next)
        {
            await transaction.CommitAsync(cancellation);
            return null;
        }

        try
        {
            await ApplyAsync(next, connection, cancellation);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new SchemaBehindException(
                $"The database lacks migration {next.Number} ({next.Name}), which its user may not apply "
                + $"({refused.MessageText}). Run 'ledger migrate' as the owner of its tables.");
        }

        await transaction.CommitAsync(cancellation);
        return next;
    }

    private static async Task ApplyAsync(
        Migration next, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await ExecuteAsync(HistorySql, connection, cancellation);
        await ExecuteAsync(next.Sql, connection, cancellation);
        await using var record = new NpgsqlCommand(
            "insert into schema_migrations (number, name, checksum) values ($1, $2, $3)", connection)
        {
            Parameters =
            {
                new() { Value = next.Number },
                new() { Value = next.Name },
                new() { Value = next.Checksum },
            },
        };
        await record.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task ExecuteAsync(
        string sql, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<List<(int Number, string Checksum)>> ReadHistoryAsync(
        NpgsqlConnection connection, CancellationToken cancellation)
    {
        var history = new List<(int, string)>();
        await using var hasHistory = new NpgsqlCommand(HasHistorySql, connection);

        if (await hasHistory.ExecuteScalarAsync(cancellation) is false)
        {
            return history;
        }

        await using var command = new NpgsqlCommand(
            "select number, checksum from schema_migrations order by number", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            history.Add((reader.GetInt32(0), reader.GetString(1)));
        }

        return history;
    }

    private Migration? Next(List<(int Number, string Checksum)> history)
    {
        foreach (var ((number, checksum), index) in history.Select((step, index) => (step, index)))
        {
            if (index >= steps.Length || steps[index].Number != number)
            {
                throw new SchemaMismatchException(
                    $"The database has migration {number}, which this version doesn't know: "
                    + "it belongs to a later one.");
            }

            if (steps[index].Checksum != checksum)
            {
                throw new SchemaMismatchException(
                    $"Migration {number} ({steps[index].Name}) was applied with other content than this version has.");
            }
        }

        return history.Count < steps.Length ? steps[history.Count] : null;
    }
}

/// <summary>The database lacks what this version needs, until somebody with more rights brings it.</summary>
public sealed class SchemaBehindException(string message) : Exception(message);

/// <summary>The database's schema isn't one that this version can use.</summary>
public sealed class SchemaMismatchException(string message) : Exception(message);
