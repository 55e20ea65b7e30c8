using System.Runtime.InteropServices;
using System.Text;
using EventLedger.EventStore.Copying;
using Npgsql;

namespace EventLedger.EventStore.Verifying;

/// <summary>Consecutive versions of one stream within a slice.</summary>
/// <param name="First">The first version.</param>
/// <param name="Last">The last version.</param>
/// <param name="Position">The first one's position.</param>
internal readonly record struct VersionRun(long First, long Last, long Position);

/// <summary>
/// Follows the versions of every stream from slice to slice. The one thing here whose size isn't fixed: it grows with
/// the streams, not with their events.
/// </summary>
/// <param name="isWhole">Whether streams begin at version 1, since everything before was followed too.</param>
internal sealed class StreamVersions(bool isWhole)
{
    private const string StreamsQuery = """
        select id, version, coalesce(tenant_id = '*DEFAULT*' and not is_archived and type is null, false)
        from mt_streams
        """;

    private readonly Dictionary<byte[], long> versions = new(Utf8Key.Comparer);

    /// <summary>Goes on with the runs of the next slice; names the first that doesn't follow.</summary>
    public Finding? Follow(Dictionary<byte[], VersionRun> runs)
    {
        Finding? first = null;

        foreach (var (stream, run) in runs)
        {
            ref var version = ref CollectionsMarshal.GetValueRefOrAddDefault(versions, stream, out var isKnown);

            if (run.First != version + 1 && (isKnown || isWhole))
            {
                first = Finding.Earlier(first, OutOfTurn(run.Position, run.First, stream, version + 1));
            }

            version = run.Last;
        }

        return first;
    }

    /// <summary>Compares with <c>mt_streams</c>; names the first stream, by its bytes, that isn't alike.</summary>
    public async Task<Finding?> CompareAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var (wrong, fault) = ((byte[]?)null, "");
        var known = 0;
        await using (var rows = await CopyRows.OpenAsync(connection, StreamsQuery, fieldsCount: 3, cancellation))
        {
            while (await rows.NextAsync(cancellation))
            {
                known += Lookup().ContainsKey(rows.Bytes(0)) ? 1 : 0;

                if (FaultOf(rows) is { } found
                    && (wrong is null || rows.Bytes(0).SequenceCompareTo(wrong) < 0))
                {
                    (wrong, fault) = (rows.Bytes(0).ToArray(), found);
                }
            }
        }

        return wrong is not null ? new Finding(null, $"stream {Encoding.UTF8.GetString(wrong)} {fault}")
            : known < versions.Count
                ? new Finding(null, $"{versions.Count - known} streams have events, but no row in mt_streams")
            : null;
    }

    /// <summary>The finding that a version isn't the next one of its stream.</summary>
    public static Finding OutOfTurn(long position, long version, ReadOnlySpan<byte> stream, long next) => new(
        position, $"is version {version} of stream {Encoding.UTF8.GetString(stream)}, where {next} comes next");

    private string? FaultOf(CopyRows row)
    {
        var isKnown = Lookup().TryGetValue(row.Bytes(0), out var last);
        var version = row.IsNull(1) ? (long?)null : row.Int64(1);

        return (isKnown || isWhole) && version != last ? $"says version {version}, its last event {last}"
            : !row.Boolean(2) ? "has a value in a column that keeps its default"
            : null;
    }

    private Dictionary<byte[], long>.AlternateLookup<ReadOnlySpan<byte>> Lookup() =>
        versions.GetAlternateLookup<ReadOnlySpan<byte>>();
}
