using Npgsql;

namespace EventLedger.Ledger.Nodes;

/// <summary>How far something has come in the order of all events, kept where every checkpoint is.</summary>
/// <param name="database">The ledger's database.</param>
/// <param name="name">Whose it is.</param>
internal sealed class Checkpoint(NpgsqlDataSource database, string name)
{
    private const string ReadSql = """
        select coalesce((select last_seq_id from mt_event_progression where name = $1), 0), h.position from head h
        """;

    private const string MoveSql = """
        insert into mt_event_progression as p (name, last_seq_id) values ($1, $2)
        on conflict (name) do update set last_seq_id = excluded.last_seq_id, last_updated = transaction_timestamp()
        where p.last_seq_id < excluded.last_seq_id
        """;

    private const string ForgetSql = "delete from mt_event_progression where name = $1";

    /// <summary>The last position that was dealt with, and the newest that there is.</summary>
    public async Task<(long Position, long Head)> ReadAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(ReadSql);
        command.Parameters.Add(new() { Value = name });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>Nothing was dealt with, as it turns out.</summary>
    public async Task ForgetAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(ForgetSql);
        command.Parameters.Add(new() { Value = name });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Everything up to <paramref name="position"/> was dealt with; it never moves back.</summary>
    public async Task MoveAsync(long position, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(MoveSql);
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = position });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
