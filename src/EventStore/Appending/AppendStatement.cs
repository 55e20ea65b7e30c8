using Npgsql;

namespace EventLedger.EventStore.Appending;

/// <summary>
/// A statement of the caller's that an append sends along with its own: each message is a wait less.
/// </summary>
/// <param name="Command">The statement.</param>
/// <param name="TakeRow">Is given each row; null exactly if the statement gives none.</param>
public sealed record AppendStatement(NpgsqlBatchCommand Command, Action<NpgsqlDataReader>? TakeRow = null)
{
    /// <summary>A statement with its parameters.</summary>
    public AppendStatement(string sql, Action<NpgsqlDataReader>? takeRow, ReadOnlySpan<object> values)
        : this(new NpgsqlBatchCommand(sql), takeRow)
    {
        foreach (var value in values)
        {
            Command.Parameters.Add(new() { Value = value });
        }
    }

    /// <summary>Runs it by itself.</summary>
    public Task RunAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var message = new AppendMessage(connection);
        message.Add(this);
        return message.SendAsync(cancellation);
    }
}
