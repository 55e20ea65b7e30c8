using System.Diagnostics;
using EventLedger.EventStore.Appending;
using Npgsql;
using NpgsqlTypes;

namespace EventLedger.EventStore.Bench;

/// <summary>
/// Appends in lanes, beside one binary COPY of as many rows into a like table with like indexes, on the same cluster.
/// Rounds take turns, and the medians are compared.
/// </summary>
internal static class AppendBench
{
    private const int Rounds = 5;
    private const int Events = 400_000;

    private const string LikeTableSql = """
        drop table if exists plain;
        create table plain (seq_id bigint primary key, id uuid not null, stream_id varchar not null,
            version bigint not null, data jsonb not null, type varchar(500) not null, timestamp timestamptz not null,
            mt_dotnet_type varchar);
        create unique index on plain (stream_id, version);
        create unique index on plain (id)
        """;

    private const string CopySql = """
        copy plain (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type) from stdin (format binary)
        """;

    public static async Task RunAsync(int customers)
    {
        await using var database = await BenchDatabase.StartAsync();
        var appended = new List<double>();
        var copied = new List<double>();

        // The first round makes the customers, and is not counted.
        for (var round = 0; round <= Rounds; round++)
        {
            var lanes = BenchEvents.Lanes(
                (long)round * Events, Events, customers, Appender.Lanes, Appender.BatchSize);
            var append = Events / await TimeAsync(() => database.Store.AppendAsync(lanes));
            NewEvent[] rows = [.. lanes.SelectMany(lane => lane).SelectMany(batch => batch)];
            var copy = Events / await CopyAsync(database.Source, rows);
            Console.WriteLine($"round {round}: append {append:N0}/s, copy {copy:N0}/s");

            if (round > 0)
            {
                appended.Add(append);
                copied.Add(copy);
            }
        }

        Console.WriteLine($"append, {customers} customers, {Appender.Lanes} lanes of {Appender.BatchSize}: "
            + $"{appended.Spread()}; COPY {copied.Spread()}; ratio {appended.Median() / copied.Median():N2}; "
            + $"{await database.BytesPerEventAsync()} bytes an event on disk");
    }

    private static async Task<double> CopyAsync(NpgsqlDataSource source, NewEvent[] events)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var create = new NpgsqlCommand(LikeTableSql, connection);
        await create.ExecuteNonQueryAsync();

        return await TimeAsync(async () =>
        {
            await using var copy = await connection.BeginBinaryImportAsync(CopySql);
            var position = 0L;

            foreach (var @event in events)
            {
                await copy.StartRowAsync();
                await copy.WriteAsync(position++, NpgsqlDbType.Bigint);
                await copy.WriteAsync(@event.Id, NpgsqlDbType.Uuid);
                await copy.WriteAsync(@event.StreamId, NpgsqlDbType.Varchar);
                await copy.WriteAsync(position, NpgsqlDbType.Bigint);
                await copy.WriteAsync(@event.Data, NpgsqlDbType.Jsonb);
                await copy.WriteAsync(@event.Type, NpgsqlDbType.Varchar);
                await copy.WriteAsync(DateTimeOffset.UnixEpoch, NpgsqlDbType.TimestampTz);
                await copy.WriteAsync(@event.DotnetType, NpgsqlDbType.Varchar);
            }

            await copy.CompleteAsync();
        });
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
