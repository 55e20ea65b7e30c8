using System.Buffers;
using EventLedger.EventStore.Blocks;
using Npgsql;

namespace EventLedger.EventStore.Verifying;

/// <summary>
/// Recomputes the whole chain from the events and compares: events with their blocks, blocks with each other, the
/// last one with the head, and streams and event ids with the events. It stops at the first thing that is wrong.
/// Everything is read from one snapshot, so appends may go on meanwhile.
/// </summary>
/// <param name="connection">A connection inside a transaction of repeatable read.</param>
public sealed class ChainVerifier(NpgsqlConnection connection)
{
    private const int BlocksPageSize = 1000;

    private const string HeadSql = """
        select block, position, (extract(epoch from recorded_at) * 1000000)::bigint, hash from head
        """;

    private const string BlocksSql = """
        select number, first_position, positions, (extract(epoch from recorded_at) * 1000000)::bigint, root, hash
        from blocks where number > $1 order by number limit $2
        """;

    private const string EventsSql = """
        select seq_id, id, stream_id, version, type, data, (extract(epoch from timestamp) * 1000000)::bigint,
            tenant_id = '*DEFAULT*' and not is_archived
                and num_nulls(bdata, correlation_id, causation_id, headers) = 4
        from mt_events where seq_id between $1 and $2 order by seq_id
        """;

    private const string IdsSql = "select id, position, digest from event_ids where id = any($1)";

    private const string StrayEventSql = """
        select seq_id from mt_events where seq_id < $1 or seq_id > $2 order by seq_id limit 1
        """;

    private const string StrayIdSql = """
        select coalesce(e.seq_id, i.position), i.id is null
        from mt_events e full join event_ids i on i.id = e.id and i.position = e.seq_id
            and lpad(to_hex(i.fingerprint), 16, '0') = coalesce(e.data ->> 'fingerprint', repeat('0', 16))
        where e.seq_id is null or i.id is null order by 1 limit 1
        """;

    private const string StreamsSql = "select id, version from mt_streams";

    private readonly Dictionary<string, long> versions = [];
    private readonly ArrayBufferWriter<byte> canonical = new();
    private readonly List<Guid> blockIds = [];
    private readonly List<long> blockDigests = [];
    private byte[] leaves = [];
    private byte[] previousHash = new byte[LeafHash.Size];
    private long previousTimeUs;
    private long eventsChecked;
    private long blocksChecked;
    private long linksChecked;
    private long voidPositions;
    private long reached;

    /// <summary>
    /// Checks everything; <paramref name="progress"/> is told the position reached, once a page of blocks.
    /// </summary>
    public async Task<ChainReport> VerifyAsync(IProgress<long>? progress, CancellationToken cancellation)
    {
        var finding = await CheckBlocksAsync(progress, cancellation)
            ?? await CheckHeadAsync(cancellation)
            ?? await CheckStrayEventsAsync(cancellation)
            ?? await CheckIdsAsync(cancellation)
            ?? await CheckStreamsAsync(cancellation);

        return new ChainReport(eventsChecked, blocksChecked, voidPositions, reached, finding);
    }

    private async Task<Finding?> CheckBlocksAsync(IProgress<long>? progress, CancellationToken cancellation)
    {
        while (await ReadBlocksAsync(cancellation) is { Count: > 0 } page)
        {
            if (await CheckPageAsync(page, cancellation) is { } finding)
            {
                return finding;
            }

            progress?.Report(reached);
        }

        return null;
    }

    private async Task<Finding?> CheckPageAsync(List<Block> page, CancellationToken cancellation)
    {
        foreach (var block in page)
        {
            if (CheckLink(block) is { } broken)
            {
                return broken;
            }
        }

        if (await CheckEventsAsync(page, cancellation) is not { } suspect)
        {
            return null;
        }

        return suspect.Finding ?? await LocateAsync(suspect.Block, cancellation);
    }

    private Finding? CheckLink(Block block)
    {
        var next = reached + 1;
        var fault = block.Number != linksChecked + 1
                ? $"block {linksChecked + 1} is missing; the next one is {block.Number}"
            : block.FirstPosition != next ? $"block {block.Number} begins at position {block.FirstPosition}, not {next}"
            : block.TimeUs < previousTimeUs ? $"block {block.Number} is older than the one before it"
            : !block.HashAfter(previousHash).AsSpan().SequenceEqual(block.Hash)
                ? $"block {block.Number} (positions {block.FirstPosition} to {block.LastPosition}) "
                    + "has a hash that its content doesn't give"
            : null;

        if (fault is not null)
        {
            return new Finding(next, fault);
        }

        linksChecked++;
        reached = block.LastPosition;
        previousHash = block.Hash;
        previousTimeUs = block.TimeUs;
        return null;
    }

    // The block whose events don't give its root is looked at again after the reader is closed, event by event.
    private async Task<(Finding? Finding, Block Block)?> CheckEventsAsync(
        List<Block> page, CancellationToken cancellation)
    {
        await using var command = Command(EventsSql, page[0].FirstPosition, page[^1].LastPosition);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var more = await reader.ReadAsync(cancellation);

        foreach (var block in page)
        {
            var count = checked((int)block.Positions);
            leaves = leaves.Length < count * LeafHash.Size ? new byte[count * LeafHash.Size] : leaves;
            blockIds.Clear();
            blockDigests.Clear();

            for (var i = 0; i < count; i++)
            {
                var position = block.FirstPosition + i;
                var isThere = more && reader.GetInt64(0) == position;

                if (isThere == block.Root is null)
                {
                    var fault = isThere ? "is in a void block, but has an event" : "is missing";
                    return (new Finding(position, fault), block);
                }

                if (isThere)
                {
                    if (CheckEvent(reader, block, leaves.AsSpan(i * LeafHash.Size)) is { } fault)
                    {
                        return (new Finding(position, fault), block);
                    }

                    more = await reader.ReadAsync(cancellation);
                }
            }

            if (block.Root is null)
            {
                voidPositions += count;
            }
            else if (!MerkleTree.Root(leaves.AsSpan(0, count * LeafHash.Size)).AsSpan().SequenceEqual(block.Root))
            {
                return (null, block);
            }

            blocksChecked++;
        }

        return null;
    }

    private string? CheckEvent(NpgsqlDataReader reader, Block block, Span<byte> leaf)
    {
        var stream = reader.GetString(2);
        var version = reader.GetInt64(3);
        var expected = versions.GetValueOrDefault(stream) + 1;

        if (version != expected)
        {
            return $"is version {version} of stream {stream}, where {expected} comes next";
        }

        if (reader.GetInt64(6) != block.TimeUs)
        {
            return $"has another time than its block, {block.Number}";
        }

        if (!reader.GetBoolean(7))
        {
            return "has a value in a column that stays empty";
        }

        versions[stream] = version;
        eventsChecked++;
        return HashEvent(reader, stream, version, leaf);
    }

    private string? HashEvent(NpgsqlDataReader reader, string stream, long version, Span<byte> leaf)
    {
        var id = reader.GetGuid(1);
        canonical.ResetWrittenCount();

        try
        {
            CanonicalJson.Write(reader.GetFieldValue<byte[]>(5), canonical);
        }
        catch (FormatException notWhole)
        {
            return $"has data that no event holds: {notWhole.Message}";
        }

        LeafHash.Compute(stream, version, id, reader.GetString(4), canonical.WrittenSpan, leaf);
        blockIds.Add(id);
        blockDigests.Add(LeafHash.Digest(leaf));
        return null;
    }

    private async Task<Finding> LocateAsync(Block block, CancellationToken cancellation)
    {
        var known = new Dictionary<Guid, (long Position, long Digest)>();
        await using var command = Command(IdsSql, blockIds.ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            known.Add(reader.GetGuid(0), (reader.GetInt64(1), reader.GetInt64(2)));
        }

        for (var i = 0; i < blockIds.Count; i++)
        {
            var position = block.FirstPosition + i;

            if (!known.TryGetValue(blockIds[i], out var entry) || entry != (position, blockDigests[i]))
            {
                return new Finding(
                    position, $"was changed: it isn't the event that block {block.Number} was made with");
            }
        }

        return new Finding(
            block.FirstPosition,
            $"or a later one up to {block.LastPosition} was changed: they don't give the root of block {block.Number}");
    }

    private async Task<Finding?> CheckHeadAsync(CancellationToken cancellation)
    {
        await using var command = Command(HeadSql);
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        if (!await reader.ReadAsync(cancellation))
        {
            return new Finding(reached, "is the last of the chain, but the head is missing");
        }

        var (block, position) = (reader.GetInt64(0), reader.GetInt64(1));

        return block == blocksChecked && position == reached && reader.GetInt64(2) == previousTimeUs
            && reader.GetFieldValue<byte[]>(3).AsSpan().SequenceEqual(previousHash)
            ? null
            : new Finding(
                Math.Min(reached, position) + 1,
                "is where the chain and the head part: "
                + $"the chain ends with block {blocksChecked} at position {reached}, "
                + $"the head says block {block} at position {position}");
    }

    private async Task<Finding?> CheckStrayEventsAsync(CancellationToken cancellation)
    {
        await using var command = Command(StrayEventSql, 1L, reached);

        return await command.ExecuteScalarAsync(cancellation) is long position
            ? new Finding(position, "has an event that no block covers")
            : null;
    }

    private async Task<Finding?> CheckIdsAsync(CancellationToken cancellation)
    {
        await using var command = Command(StrayIdSql);
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        if (!await reader.ReadAsync(cancellation))
        {
            return null;
        }

        return new Finding(
            reader.GetInt64(0),
            reader.GetBoolean(1)
                ? "isn't found by its event's id and fingerprint"
                : "is said to hold an event id that isn't there");
    }

    private async Task<Finding?> CheckStreamsAsync(CancellationToken cancellation)
    {
        await using var command = Command(StreamsSql);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var streams = 0;

        while (await reader.ReadAsync(cancellation))
        {
            var (stream, version) = (reader.GetString(0), reader.GetInt64(1));
            streams += versions.ContainsKey(stream) ? 1 : 0;

            if (versions.GetValueOrDefault(stream) != version)
            {
                return new Finding(
                    null,
                    $"stream {stream} says version {version}, its last event {versions.GetValueOrDefault(stream)}");
            }
        }

        return streams == versions.Count
            ? null
            : new Finding(null, $"{versions.Count - streams} streams have events, but no row in mt_streams");
    }

    private async Task<List<Block>> ReadBlocksAsync(CancellationToken cancellation)
    {
        var blocks = new List<Block>(BlocksPageSize);
        await using var command = Command(BlocksSql, linksChecked, BlocksPageSize);
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            blocks.Add(new Block(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3),
                reader.IsDBNull(4) ? null : reader.GetFieldValue<byte[]>(4), reader.GetFieldValue<byte[]>(5)));
        }

        return blocks;
    }

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, connection);

        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
