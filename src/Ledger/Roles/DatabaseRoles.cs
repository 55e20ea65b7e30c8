using EventLedger.EventStore.Appending;
using Npgsql;

namespace EventLedger.Ledger.Roles;

/// <summary>
/// Makes the roles, and gives each exactly its rights. Only the owner of the schema does so: everybody else finds
/// nothing to do.
/// </summary>
internal static class DatabaseRoles
{
    private const string IsOwnerSql =
        "select pg_has_role(relowner, 'usage') from pg_class where oid = 'schema_migrations'::regclass";

    private const string ExistsSql = "select true from pg_roles where rolname = $1";

    // Who makes partitions, or migrates, changes the same rows of the catalogue.
    private const string LockSql = $"select pg_advisory_xact_lock({WriterLock.Key})";

    /// <summary>Does it; gives the statements that its user may not run, and somebody else has to.</summary>
    /// <param name="database">The ledger's database, with this version's schema.</param>
    /// <param name="cancellation">Ends it early.</param>
    public static async Task<IReadOnlyList<string>> ApplyAsync(
        NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);

        return await IsTrueAsync(new(IsOwnerSql, connection), cancellation)
            ?
            [
                .. await ApplyAsync(LedgerRole.Writer, connection, cancellation),
                .. await ApplyAsync(LedgerRole.Reader, connection, cancellation),
            ]
            : [];
    }

    private static async Task<string[]> ApplyAsync(
        LedgerRole role, NpgsqlConnection connection, CancellationToken cancellation)
    {
        var create = $"create role {role.Name} nologin";

        if (!await ExistsAsync(role, connection, cancellation) && !await TryAsync([create], connection, cancellation))
        {
            return [create];
        }

        if (await RoleChanges.FindAsync(role, connection, cancellation) is [])
        {
            return [];
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await TryAsync([LockSql], connection, cancellation);
        var changes = await RoleChanges.FindAsync(role, connection, cancellation);

        if (!await TryAsync(changes, connection, cancellation))
        {
            return changes;
        }

        // Some of what the user may not grant is refused with a warning alone.
        var remaining = await RoleChanges.FindAsync(role, connection, cancellation);
        await transaction.CommitAsync(cancellation);
        return remaining;
    }

    private static Task<bool> ExistsAsync(
        LedgerRole role, NpgsqlConnection connection, CancellationToken cancellation) =>
        IsTrueAsync(new(ExistsSql, connection) { Parameters = { new() { Value = role.Name } } }, cancellation);

    private static async Task<bool> IsTrueAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        await using (command)
        {
            return await command.ExecuteScalarAsync(cancellation) is true;
        }
    }

    // False where the user may not.
    private static async Task<bool> TryAsync(
        string[] statements, NpgsqlConnection connection, CancellationToken cancellation)
    {
        try
        {
            foreach (var statement in statements)
            {
                await using var command = new NpgsqlCommand(statement, connection);
                await command.ExecuteNonQueryAsync(cancellation);
            }

            return true;
        }
        catch (PostgresException made) when (made.SqlState
            is PostgresErrorCodes.DuplicateObject or PostgresErrorCodes.UniqueViolation)
        {
            // A ledger on another database of this server has made the role a moment before.
            return true;
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return false;
        }
    }
}
