using Npgsql;

namespace EventLedger.EventStore.Appending;

/// <summary>
/// Statements that go to the database in one message. Each still sees what was committed when it began, and those
/// after one that fails don't run.
/// </summary>
internal sealed class AppendMessage(NpgsqlConnection connection)
{
    private readonly List<AppendStatement> statements = [];

    /// <summary>Adds a statement that runs after those before.</summary>
    public void Add(AppendStatement statement) => statements.Add(statement);

    /// <summary>Sends what was added since it was sent last, and gives the rows to who takes them.</summary>
    public async Task SendAsync(CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection);

        foreach (var statement in statements)
        {
            batch.BatchCommands.Add(statement.Command);
        }

        await batch.PrepareAsync(cancellation);

        await using (var reader = await batch.ExecuteReaderAsync(cancellation))
        {
            await TakeRowsAsync(reader, cancellation);
        }

        statements.Clear();
    }

    private async Task TakeRowsAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        foreach (var statement in statements)
        {
            if (statement.TakeRow is not { } take)
            {
                continue;
            }

            while (await reader.ReadAsync(cancellation))
            {
                take(reader);
            }

            // Goes to the end after the last one: what fails there is thrown here, and by nobody else.
            await reader.NextResultAsync(cancellation);
        }
    }
}
