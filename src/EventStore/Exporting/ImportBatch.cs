using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Proofs;
using Npgsql;
using NpgsqlTypes;

namespace EventLedger.EventStore.Exporting;

/// <summary>Blocks and events that were read and checked, to be copied into their tables together.</summary>
internal sealed class ImportBatch
{
    /// <summary>The most rows of a batch.</summary>
    public const int RowsMax = 10_000;

    /// <summary>The most bytes of events' data, but for the last one's.</summary>
    public const int BytesMax = 8 * 1024 * 1024;

    private const string EventsCopy = """
        copy mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type)
        from stdin (format binary)
        """;

    private const string IdsCopy =
        "copy event_ids (id, position, fingerprint, digest) from stdin (format binary)";

    private const string BlocksCopy =
        "copy blocks (number, first_position, positions, recorded_at, root, hash) from stdin (format binary)";

    private readonly List<Block> blocks = [];
    private readonly List<Row> events = [];
    private int bytes;

    /// <summary>Whether it is to be written before more is added.</summary>
    public bool IsFull => blocks.Count + events.Count >= RowsMax || bytes >= BytesMax;

    /// <summary>Adds a block.</summary>
    public void Add(Block block) => blocks.Add(block);

    /// <summary>Adds an event.</summary>
    public void Add(ProvenEvent @event, DateTime time, string? dotnetType, (long Fingerprint, long Digest) known)
    {
        events.Add(new(@event, time, dotnetType, known.Fingerprint, known.Digest));
        bytes += @event.Data.Length;
    }

    /// <summary>Copies everything, and makes the partitions that the events need.</summary>
    public async Task WriteAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await CreatePartitionsAsync(connection, cancellation);
        await CopyAsync(connection, BlocksCopy, blocks, WriteAsync, cancellation);
        await CopyAsync(connection, EventsCopy, events, WriteEventAsync, cancellation);
        await CopyAsync(connection, IdsCopy, events, WriteIdAsync, cancellation);
    }

    /// <summary>A time as blocks have it.</summary>
    public static DateTime TimeOf(Block block) =>
        DateTime.UnixEpoch + TimeSpan.FromTicks(block.TimeUs * TimeSpan.TicksPerMicrosecond);

    private async Task CreatePartitionsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var slots = events.Select(row => Appending.EventPartitions.SlotOf(row.Event.Position)).Distinct().ToArray();
        await using var create = new NpgsqlCommand(
            "select create_event_partition(slot) from unnest($1) as slot", connection)
        {
            Parameters = { new() { Value = slots } },
        };
        await create.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task CopyAsync<T>(
        NpgsqlConnection connection, string sql, List<T> items,
        Func<NpgsqlBinaryImporter, T, CancellationToken, Task> write, CancellationToken cancellation)
    {
        await using var rows = await connection.BeginBinaryImportAsync(sql, cancellation);

        // However long the database takes for it.
        rows.Timeout = Timeout.InfiniteTimeSpan;

        foreach (var item in items)
        {
            await rows.StartRowAsync(cancellation);
            await write(rows, item, cancellation);
        }

        await rows.CompleteAsync(cancellation);
    }

    private static async Task WriteAsync(NpgsqlBinaryImporter rows, Block block, CancellationToken cancellation)
    {
        await rows.WriteAsync(block.Number, NpgsqlDbType.Bigint, cancellation);
        await rows.WriteAsync(block.FirstPosition, NpgsqlDbType.Bigint, cancellation);
        await rows.WriteAsync(block.Positions, NpgsqlDbType.Bigint, cancellation);
        await rows.WriteAsync(TimeOf(block), NpgsqlDbType.TimestampTz, cancellation);
        await WriteOrNullAsync(rows, block.Root, NpgsqlDbType.Bytea, cancellation);
        await rows.WriteAsync(block.Hash, NpgsqlDbType.Bytea, cancellation);
    }

    private static async Task WriteEventAsync(NpgsqlBinaryImporter rows, Row row, CancellationToken cancellation)
    {
        await rows.WriteAsync(row.Event.Position, NpgsqlDbType.Bigint, cancellation);
        await rows.WriteAsync(row.Event.Id, NpgsqlDbType.Uuid, cancellation);
        await rows.WriteAsync(row.Event.StreamId, NpgsqlDbType.Varchar, cancellation);
        await rows.WriteAsync(row.Event.Version, NpgsqlDbType.Bigint, cancellation);
        await rows.WriteAsync(row.Event.Data, NpgsqlDbType.Jsonb, cancellation);
        await rows.WriteAsync(row.Event.Type, NpgsqlDbType.Varchar, cancellation);
        await rows.WriteAsync(row.Time, NpgsqlDbType.TimestampTz, cancellation);
        await WriteOrNullAsync(rows, row.DotnetType, NpgsqlDbType.Varchar, cancellation);
    }

    private static async Task WriteIdAsync(NpgsqlBinaryImporter rows, Row row, CancellationToken cancellation)
    {
        await rows.WriteAsync(row.Event.Id, NpgsqlDbType.Uuid, cancellation);
        await rows.WriteAsync(row.Event.Position, NpgsqlDbType.Bigint, cancellation);
        await rows.WriteAsync(row.Fingerprint, NpgsqlDbType.Bigint, cancellation);
        await rows.WriteAsync(row.Digest, NpgsqlDbType.Bigint, cancellation);
    }

    private static Task WriteOrNullAsync<T>(
        NpgsqlBinaryImporter rows, T? value, NpgsqlDbType type, CancellationToken cancellation)
        where T : class =>
        value is null ? rows.WriteNullAsync(cancellation) : rows.WriteAsync(value, type, cancellation);

    private readonly record struct Row(
        ProvenEvent Event, DateTime Time, string? DotnetType, long Fingerprint, long Digest);
}
