using System.Runtime.CompilerServices;
using System.Text;
using Npgsql;

namespace EventLedger.EventStore.Verifying;

/// <summary>
/// Checks one stream: its versions have no gap, its positions rise, and each block that holds one of its events has the
/// root and the hash that its events and the block before it give. Whether those blocks are the chain's is what
/// <see cref="ChainVerifier"/> tells.
/// </summary>
/// <param name="snapshot">The moment to check.</param>
/// <param name="streamId">The stream.</param>
/// <param name="readers">Connections that read at the same time.</param>
public sealed class StreamVerifier(LedgerSnapshot snapshot, string streamId, int readers)
{
    private const int PageSize = 1000;

    private const string PageSql = """
        select version, seq_id from mt_events where stream_id = $1 and version >= $2 order by version, seq_id limit $3
        """;

    private const string VersionSql = "select version from mt_streams where id = $1";

    private readonly IdSum ids = new();
    private long version;
    private long position;
    private Finding? broken;

    /// <summary>Checks; null if there is no such stream.</summary>
    public async Task<ChainReport?> VerifyAsync(CancellationToken cancellation)
    {
        if (await ReadVersionAsync(cancellation) is not { } stored)
        {
            return null;
        }

        var blocks = 0L;
        Finding? finding = null;
        await using var connections = await SnapshotReaders.OpenAsync(snapshot, readers, cancellation);

        await foreach (var wrong in connections.RunInOrderAsync(
            BlocksAsync(cancellation), (connection, number) => CheckAsync(connection, number, cancellation),
            cancellation))
        {
            blocks++;

            if (wrong is not null)
            {
                finding = wrong;
                break;
            }
        }

        finding ??= broken ?? (version == stored
            ? null
            : new Finding(null, $"stream {streamId} says version {stored}, its last event {version}"));
        return new ChainReport(version, blocks, VoidPositions: 0, position, finding);
    }

    // The block of each event, once each: they come in the order of their positions.
    private async IAsyncEnumerable<long> BlocksAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var coveredTo = 0L;

        while (await ReadPageAsync(cancellation) is { Count: > 0 } page)
        {
            foreach (var (nextVersion, nextPosition) in page)
            {
                broken = nextVersion != version + 1
                        ? StreamVersions.OutOfTurn(
                            nextPosition, nextVersion, Encoding.UTF8.GetBytes(streamId), version + 1)
                    : nextPosition <= position ? new Finding(nextPosition, "is a later event than one behind it")
                    : null;

                if (broken is not null)
                {
                    yield break;
                }

                (version, position) = (nextVersion, nextPosition);

                if (position <= coveredTo)
                {
                    continue;
                }

                var number = await BlockTable.FindNumberAsync(snapshot.Connection, position, cancellation);
                var block = number is null
                    ? null
                    : await BlockTable.FindAsync(snapshot.Connection, number.Value, cancellation);

                if (block is null)
                {
                    broken = new Finding(position, "has an event that no block covers");
                    yield break;
                }

                coveredTo = block.LastPosition;
                yield return block.Number;
            }
        }
    }

    private async Task<Finding?> CheckAsync(NpgsqlConnection connection, long number, CancellationToken cancellation)
    {
        var block = (await BlockTable.FindAsync(connection, number, cancellation))!;
        var before = await BlockTable.FindAsync(connection, number - 1, cancellation);

        return new BlockChain(before).Follow(block)
            ?? (await SliceCheck.RunAsync(connection, new BlockSlice([block]), ids, cancellation)).Finding
            ?? (await EventIdTable.FindUnlikeAsync(connection, block.FirstPosition, block.LastPosition, cancellation)
                is { } unlike ? EventIdCheck.Unlike(unlike) : null);
    }

    private async Task<long?> ReadVersionAsync(CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(VersionSql, snapshot.Connection);
        command.Parameters.Add(new() { Value = streamId });
        return await command.ExecuteScalarAsync(cancellation) as long?;
    }

    private async Task<List<(long Version, long Position)>> ReadPageAsync(CancellationToken cancellation)
    {
        var page = new List<(long, long)>();
        await using var command = new NpgsqlCommand(PageSql, snapshot.Connection);
        command.Parameters.Add(new() { Value = streamId });
        command.Parameters.Add(new() { Value = version + 1 });
        command.Parameters.Add(new() { Value = PageSize });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            page.Add((reader.GetInt64(0), reader.GetInt64(1)));
        }

        return page;
    }
}
