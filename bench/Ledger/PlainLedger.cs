using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace EventLedger.Ledger.Bench;

/// <summary>
/// What such platforms do today: one row a charge, unique on the request, and the customer's sum, in one transaction.
/// </summary>
internal static class PlainLedger
{
    private const string TableSql = """
        drop table if exists plain_charges;
        create table plain_charges (id bigint generated always as identity primary key,
            request_id varchar not null unique, customer_id varchar not null, amount bigint not null,
            body jsonb not null);
        create index on plain_charges (customer_id)
        """;

    private const string ChargeSql = """
        insert into plain_charges (request_id, customer_id, amount, body) values ($1, $2, $3, $4)
        on conflict (request_id) do nothing
        """;

    private const string SumSql = "select sum(amount)::bigint from plain_charges where customer_id = $1";

    /// <summary>Charges a second that so many connections make in so long, from an empty table on.</summary>
    public static async Task<Rate> MeasureAsync(
        RunningLedger ledger, int connections, int customers, TimeSpan duration)
    {
        await ledger.ExecuteAsync(TableSql);
        var next = 0;
        var latencies = new List<double>[connections];
        var started = Stopwatch.GetTimestamp();

        await Task.WhenAll(Enumerable.Range(0, connections).Select(i => Task.Run(async () =>
        {
            latencies[i] = [];
            await using var connection = await ledger.Database.OpenConnectionAsync();

            while (Stopwatch.GetElapsedTime(started) < duration)
            {
                var n = Interlocked.Increment(ref next);
                var began = Stopwatch.GetTimestamp();
                await ChargeAsync(connection, n, customers);
                latencies[i].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        })));

        return Rate.Of([.. latencies.SelectMany(l => l)], Stopwatch.GetElapsedTime(started));
    }

    private static async Task ChargeAsync(NpgsqlConnection connection, int n, int customers)
    {
        var customer = Envelopes.Customer(n, customers);
        await using var transaction = await connection.BeginTransactionAsync();
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(ChargeSql)
                {
                    Parameters =
                    {
                        new() { Value = $"plain-{n}" }, new() { Value = customer }, new() { Value = -2340L },
                        new() { Value = Envelopes.Make("plain", n, customers), NpgsqlDbType = NpgsqlDbType.Jsonb },
                    },
                },
                new(SumSql) { Parameters = { new() { Value = customer } } },
            },
        };
        await batch.PrepareAsync();
        await batch.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
    }
}
