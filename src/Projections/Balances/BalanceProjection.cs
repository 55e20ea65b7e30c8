using Npgsql;

namespace EventLedger.Projections.Balances;

/// <summary>One row for each customer and asset in <c>balances</c>, changed in the transaction of the events.</summary>
public static class BalanceProjection
{
    // A plain update costs half of an upsert, and nearly every customer has a row already.
    private const string UpdateSql = """
        update balances as b
        set balance = b.balance + change.amount, entries = b.entries + change.entries, position = change.position
        from unnest($1, $2, $3, $4, $5) as change (customer_id, asset, amount, entries, position)
        where b.customer_id = change.customer_id and b.asset = change.asset
        returning b.customer_id, b.asset, b.balance
        """;

    private const string InsertSql = """
        insert into balances (customer_id, asset, balance, entries, position) select * from unnest($1, $2, $3, $4, $5)
        """;

    private const string ReadSql = """
        select customer_id, balance from balances where customer_id = any($1) and asset = $2
        """;

    /// <summary>
    /// Adds the changes, whose customers' streams the transaction holds, in the order of their positions.
    /// </summary>
    /// <returns>The balance right after each change, in the same order.</returns>
    /// <exception cref="OverflowException">The changes of one customer don't fit 64 bits together.</exception>
    /// <exception cref="PostgresException">A balance would leave 64 bits: SQLSTATE 22003.</exception>
    public static async Task<long[]> ApplyAsync(
        IReadOnlyList<BalanceChange> changes, NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (changes.Count == 0)
        {
            return [];
        }

        // Summed per balance first: an update can't touch the same row twice in one statement.
        var sums = new Dictionary<(string CustomerId, string Asset), Sum>();

        foreach (var change in changes)
        {
            var key = (change.CustomerId, change.Asset);
            var sum = sums.GetValueOrDefault(key);
            sums[key] = new Sum(checked(sum.Amount + change.Amount), sum.Entries + 1, change.Position);
        }

        var after = await UpdateAsync(sums, connection, cancellation);
        await InsertMissingAsync(sums, after, connection, cancellation);
        return EachAfter(changes, after);
    }

    /// <summary>The customers' balances in <paramref name="asset"/>, as the transaction leaves them.</summary>
    public static async Task<Dictionary<string, long>> ReadAsync(
        IReadOnlyCollection<string> customerIds, string asset, NpgsqlConnection connection,
        CancellationToken cancellation)
    {
        var balances = new Dictionary<string, long>(customerIds.Count);

        if (customerIds.Count == 0)
        {
            return balances;
        }

        await using var command = new NpgsqlCommand(ReadSql, connection)
        {
            Parameters = { new() { Value = customerIds.ToArray() }, new() { Value = asset } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            balances.Add(reader.GetString(0), reader.GetInt64(1));
        }

        return balances;
    }

    private static async Task<Dictionary<(string, string), long>> UpdateAsync(
        Dictionary<(string, string), Sum> sums, NpgsqlConnection connection, CancellationToken cancellation)
    {
        var after = new Dictionary<(string, string), long>(sums.Count);
        await using var update = Command(UpdateSql, [.. sums], connection);
        await update.PrepareAsync(cancellation);
        await using var reader = await update.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            after.Add((reader.GetString(0), reader.GetString(1)), reader.GetInt64(2));
        }

        return after;
    }

    private static async Task InsertMissingAsync(
        Dictionary<(string, string), Sum> sums, Dictionary<(string, string), long> after,
        NpgsqlConnection connection, CancellationToken cancellation)
    {
        var missing = sums.Where(sum => !after.ContainsKey(sum.Key)).ToArray();

        if (missing.Length == 0)
        {
            return;
        }

        await using var insert = Command(InsertSql, missing, connection);
        await insert.ExecuteNonQueryAsync(cancellation);

        foreach (var (key, sum) in missing)
        {
            after.Add(key, sum.Amount);
        }
    }

    // Walked backwards from what the rows hold now, so that no row is read again.
    private static long[] EachAfter(IReadOnlyList<BalanceChange> changes, Dictionary<(string, string), long> after)
    {
        var balances = new long[changes.Count];

        for (var i = balances.Length - 1; i >= 0; i--)
        {
            var key = (changes[i].CustomerId, changes[i].Asset);
            balances[i] = after[key];
            after[key] = unchecked(after[key] - changes[i].Amount);
        }

        return balances;
    }

    private static NpgsqlCommand Command(
        string sql, KeyValuePair<(string CustomerId, string Asset), Sum>[] sums, NpgsqlConnection connection) =>
        new(sql, connection)
        {
            Parameters =
            {
                new() { Value = Array.ConvertAll(sums, sum => sum.Key.CustomerId) },
                new() { Value = Array.ConvertAll(sums, sum => sum.Key.Asset) },
                new() { Value = Array.ConvertAll(sums, sum => sum.Value.Amount) },
                new() { Value = Array.ConvertAll(sums, sum => sum.Value.Entries) },
                new() { Value = Array.ConvertAll(sums, sum => sum.Value.Position) },
            },
        };

    private readonly record struct Sum(long Amount, long Entries, long Position);
}
