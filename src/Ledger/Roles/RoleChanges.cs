using Npgsql;

namespace EventLedger.Ledger.Roles;

/// <summary>What has to be granted to a role, or revoked from it, for it to have its rights and no others.</summary>
internal static class RoleChanges
{
    // Partitions aren't looked at: what may be done with them is decided by their table.
    private const string ActualSql = """
        with own as (select oid from pg_namespace where nspname = current_schema())
        select case relkind when 'S' then 'sequence ' else 'table ' end || relname, lower(privilege_type)
        from pg_class, aclexplode(relacl)
        where relnamespace = (table own) and not relispartition and grantee = $1::regrole
        union all
        select 'function ' || pg_proc.oid::regprocedure, lower(privilege_type)
        from pg_proc, aclexplode(proacl)
        where pronamespace = (table own) and grantee = $1::regrole
        """;

    // Mostly everybody is let into the schema already; whoever makes tables in it can't always let others in.
    private const string EnterSql = """
        select format('grant usage on schema %I to %I', current_schema(), $1)
        where not has_schema_privilege($1, current_schema(), 'usage')
        """;

    /// <summary>The statements that change it; none where all is as it should be.</summary>
    public static async Task<string[]> FindAsync(
        LedgerRole role, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var enter = Command(EnterSql, role, connection);
        var toEnter = await enter.ExecuteScalarAsync(cancellation) as string;
        var actual = await ReadActualAsync(role, connection, cancellation);

        return
        [
            .. toEnter is null ? (string[])[] : [toEnter],
            .. Statements("revoke", actual.Except(role.Rights), $"from {role.Name}"),
            .. Statements("grant", role.Rights.Except(actual), $"to {role.Name}"),
        ];
    }

    private static IEnumerable<string> Statements(string verb, IEnumerable<Right> rights, string whom) =>
        from right in rights
        group right.Privilege by right.Thing into of
        select $"{verb} {string.Join(", ", of)} on {of.Key} {whom}";

    // Things that aren't ours may share the schema: what is granted on those is their owner's business.
    private static async Task<HashSet<Right>> ReadActualAsync(
        LedgerRole role, NpgsqlConnection connection, CancellationToken cancellation)
    {
        var known = SchemaThing.All.Select(thing => thing.Name).ToHashSet(StringComparer.Ordinal);
        var actual = new HashSet<Right>();
        await using var read = Command(ActualSql, role, connection);
        await using var reader = await read.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            var right = new Right(reader.GetString(0), reader.GetString(1));

            if (known.Contains(right.Thing))
            {
                actual.Add(right);
            }
        }

        return actual;
    }

    private static NpgsqlCommand Command(string sql, LedgerRole role, NpgsqlConnection connection) =>
        new(sql, connection) { Parameters = { new() { Value = role.Name } } };
}
