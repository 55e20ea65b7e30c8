using System.Threading.Channels;
using Npgsql;

namespace EventLedger.Projections.Balances;

/// <summary>
/// Reads balances. Those who ask at the same time share a query, which begins after they asked: nobody is answered
/// from before their question.
/// </summary>
public sealed class BalanceQueries
{
    /// <summary>The most customers of one query.</summary>
    public const int BatchMax = 500;

    /// <summary>The most queries at once.</summary>
    public const int QueriesMax = 2;

    /// <summary>The most questions that wait for a query; who comes then waits to be let in.</summary>
    public const int WaitingMax = 10_000;

    // Offset 0 keeps each look-up one by its key: joined freely, a table without statistics is read whole.
    private const string FindSql = """
        select a.customer_id, b.asset, b.balance, b.entries, b.position
        from unnest($1) as asked (customer_id)
        cross join lateral (select customer_id from accounts where customer_id = asked.customer_id offset 0) as a
        left join lateral (select * from balances where customer_id = asked.customer_id offset 0) as b on true
        order by b.asset
        """;

    private readonly Channel<Question> questions = Channel.CreateBounded<Question>(WaitingMax);
    private readonly NpgsqlDataSource database;
    private readonly Runners runners;

    /// <summary>Reads from <paramref name="database"/>, the ledger's.</summary>
    public BalanceQueries(NpgsqlDataSource database)
    {
        this.database = database;
        runners = new(QueriesMax, () => questions.Reader.TryPeek(out _), AnswerAllAsync);
    }

    /// <summary>The customer's balances, one per asset; null for a customer that the ledger doesn't know.</summary>
    /// <exception cref="NpgsqlException">The database can't be reached.</exception>
    public async Task<IReadOnlyList<Balance>?> FindAsync(string customerId, CancellationToken cancellation)
    {
        var question = new Question(customerId);

        if (!questions.Writer.TryWrite(question))
        {
            await questions.Writer.WriteAsync(question, cancellation);
        }

        runners.Wake();
        return await question.Answer.Task.WaitAsync(cancellation);
    }

    private async Task AnswerAllAsync()
    {
        var batch = new List<Question>();

        while (TakeBatch(batch))
        {
            await AnswerAsync(batch);
            batch.Clear();
        }
    }

    private bool TakeBatch(List<Question> batch)
    {
        while (batch.Count < BatchMax && questions.Reader.TryRead(out var question))
        {
            batch.Add(question);
        }

        return batch.Count > 0;
    }

    private async Task AnswerAsync(List<Question> batch)
    {
        try
        {
            var found = await FindAsync([.. batch.Select(question => question.CustomerId).Distinct()]);

            foreach (var question in batch)
            {
                question.Answer.SetResult(found.GetValueOrDefault(question.CustomerId));
            }
        }
        catch (Exception failure)
        {
            // Everybody in the batch asked the same database.
            foreach (var question in batch)
            {
                question.Answer.TrySetException(failure);
            }
        }
    }

    private async Task<Dictionary<string, List<Balance>>> FindAsync(string[] customerIds)
    {
        var found = new Dictionary<string, List<Balance>>(customerIds.Length);
        await using var command = database.CreateCommand(FindSql);
        command.Parameters.Add(new() { Value = customerIds });
        await using var reader = await command.ExecuteReaderAsync();

        while (await reader.ReadAsync())
        {
            var customerId = reader.GetString(0);

            if (!found.TryGetValue(customerId, out var balances))
            {
                found.Add(customerId, balances = []);
            }

            if (!reader.IsDBNull(1))
            {
                balances.Add(new(reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
            }
        }

        return found;
    }

    private sealed record Question(string CustomerId)
    {
        // The query must not run what the caller does with the answer.
        public TaskCompletionSource<IReadOnlyList<Balance>?> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
