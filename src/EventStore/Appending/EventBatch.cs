using System.Buffers;
using System.Text;
using EventLedger.EventStore.Blocks;

namespace EventLedger.EventStore.Appending;

/// <summary>
/// The events of one block, made and hashed before positions are drawn: later blocks wait for this one from then on.
/// </summary>
internal sealed class EventBatch
{
    /// <summary>The most events that are inserted as arrays; more are copied.</summary>
    public const int InsertMax = 100;

    // For a few events one message costs less than COPY's conversation; for many, COPY costs less than a row each.
    private const string InsertSql = $"""
        insert into mt_events (seq_id, timestamp, id, stream_id, version, data, type, mt_dotnet_type)
        select {DrawnPositions.FirstSql} + place - 1, {DrawnPositions.TimeSql}, id, stream_id, version, data::jsonb,
            type, dotnet_type
        from unnest($1, $2, $3, $4, $5, $6) with ordinality
            as event (id, stream_id, version, data, type, dotnet_type, place)
        """;

    private const string RememberSql = $"""
        insert into event_ids (id, position, fingerprint, digest)
        select id, {DrawnPositions.FirstSql} + place - 1, fingerprint, digest
        from unnest($1, $2, $3) with ordinality as event (id, fingerprint, digest, place)
        """;

    private readonly IReadOnlyList<NewEvent> events;
    private readonly long[] versions;
    private readonly long[] digests;

    /// <summary>Takes the events, and counts each one's stream up in <paramref name="streamVersions"/>.</summary>
    public EventBatch(IReadOnlyList<NewEvent> events, Dictionary<string, long> streamVersions)
    {
        this.events = events;
        versions = new long[events.Count];

        for (var i = 0; i < versions.Length; i++)
        {
            versions[i] = streamVersions[events[i].StreamId] + 1;
            streamVersions[events[i].StreamId] = versions[i];
        }

        var leaves = HashLeaves();
        digests = DigestsOf(leaves);
        Root = events.Count > 0 ? MerkleTree.Root(leaves) : [];
        Rows = events.Count > InsertMax ? MakeRows() : null;
    }

    /// <summary>How many events there are.</summary>
    public int Count => events.Count;

    /// <summary>The Merkle root over them.</summary>
    public byte[] Root { get; }

    /// <summary>What COPY takes; null for a few events, which <see cref="Insert"/> is for.</summary>
    public CopyInput? Rows { get; }

    /// <summary>Inserts them at the drawn positions.</summary>
    public AppendStatement Insert() => new(
        InsertSql,
        takeRow: null,
        [
            Each(@event => @event.Id),
            Each(@event => @event.StreamId),
            versions,
            Each(@event => Encoding.UTF8.GetString(@event.Data)),
            Each(@event => @event.Type),
            Each(@event => @event.DotnetType),
        ]);

    /// <summary>Keeps their ids, for ever.</summary>
    public AppendStatement Remember() =>
        new(RememberSql, takeRow: null, [Each(@event => @event.Id), Each(@event => @event.Fingerprint), digests]);

    private static long[] DigestsOf(byte[] leaves)
    {
        var begins = new long[leaves.Length / LeafHash.Size];

        for (var i = 0; i < begins.Length; i++)
        {
            begins[i] = LeafHash.Digest(leaves.AsSpan(i * LeafHash.Size));
        }

        return begins;
    }

    private byte[] HashLeaves()
    {
        var leaves = new byte[events.Count * LeafHash.Size];
        var canonical = new ArrayBufferWriter<byte>();

        for (var i = 0; i < versions.Length; i++)
        {
            var @event = events[i];
            canonical.ResetWrittenCount();
            CanonicalJson.Write(@event.Data, canonical);
            LeafHash.Compute(
                @event.StreamId, versions[i], @event.Id, @event.Type, canonical.WrittenSpan,
                leaves.AsSpan(i * LeafHash.Size));
        }

        return leaves;
    }

    private CopyInput MakeRows()
    {
        var rows = new CopyInput(events.Count);

        for (var i = 0; i < versions.Length; i++)
        {
            rows.Add(events[i], versions[i]);
        }

        return rows;
    }

    private T[] Each<T>(Func<NewEvent, T> pick)
    {
        var picked = new T[events.Count];

        for (var i = 0; i < picked.Length; i++)
        {
            picked[i] = pick(events[i]);
        }

        return picked;
    }
}
