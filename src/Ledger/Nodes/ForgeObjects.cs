using Npgsql;

namespace EventLedger.Ledger.Nodes;

/// <summary>
/// What of a repository was read to its end, by git's ids: what has the same id again is the same, and isn't read.
/// </summary>
/// <param name="database">The ledger's database.</param>
/// <param name="repository">The repository's name.</param>
internal sealed class ForgeObjects(NpgsqlDataSource database, string repository)
{
    private const string ReadSql = "select name, object_id from forge_objects where repository = $1 and folder = $2";

    private const string KeepSql = """
        insert into forge_objects (repository, folder, name, object_id) values ($1, $2, $3, $4)
        on conflict (repository, folder, name) do update set object_id = excluded.object_id
        """;

    private const string ForgetSql =
        "delete from forge_objects where repository = $1 and folder = $2 and name = $3";

    /// <summary>The ids of what is in a folder, by name.</summary>
    public async Task<Dictionary<string, string>> ReadAsync(string folder, CancellationToken cancellation)
    {
        var ids = new Dictionary<string, string>();
        await using var command = Command(ReadSql, folder);
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            ids.Add(reader.GetString(0), reader.GetString(1));
        }

        return ids;
    }

    /// <summary>It was read to its end.</summary>
    public async Task KeepAsync(string folder, string name, string objectId, CancellationToken cancellation)
    {
        await using var command = Command(KeepSql, folder, name, objectId);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>It isn't there any more.</summary>
    public async Task ForgetAsync(string folder, string name, CancellationToken cancellation)
    {
        await using var command = Command(ForgetSql, folder, name);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<string> values)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.Add(new() { Value = repository });

        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}
