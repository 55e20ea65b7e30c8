using System.Runtime.CompilerServices;
using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Proofs;
using Npgsql;

namespace EventLedger.EventStore.Verifying;

/// <summary>
/// Recomputes the chain from the events and compares: events with their blocks, blocks with each other and with
/// anchors, the last one with the head, and streams and event ids with the events. It names the first thing that is
/// wrong. Slices of the ledger are checked at the same time and put together in their order.
/// </summary>
/// <param name="snapshot">The moment to check; appends may go on meanwhile.</param>
/// <param name="options">What to check.</param>
public sealed class ChainVerifier(LedgerSnapshot snapshot, VerifyOptions options)
{
    private const string StrayEventSql = """
        select seq_id from mt_events where seq_id < $1 or seq_id > $2 order by seq_id limit 1
        """;

    private readonly IdSum ids = new();
    private readonly AnchoredHistory history = new(options.Anchors);
    private BlockChain chain = new(null);
    private Finding? broken;
    private long events;
    private long voidPositions;

    /// <summary>Checks, and tells <paramref name="progress"/> how far it got.</summary>
    /// <exception cref="ProofException">There is no position to begin at.</exception>
    public async Task<ChainReport> VerifyAsync(IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        var before = await BlockBeforeAsync(cancellation);
        var isWhole = before is null;
        chain = new BlockChain(before);
        var rewritten = before is null ? null : history.Compare(before);
        await using var readers = await SnapshotReaders.OpenAsync(snapshot, options.Readers, cancellation);
        var idCheck = new EventIdCheck(readers, ids, chain.Position + 1);
        var versions = new StreamVersions(isWhole);

        var finding = rewritten
            ?? await CheckEventsAsync(readers, idCheck, versions, progress, cancellation)
            ?? broken
            ?? chain.CompareWith(await BlockTable.ReadHeadAsync(snapshot.Connection, cancellation))
            ?? history.CompareEnd(chain.Number, chain.Position)
            ?? await CheckStrayEventsAsync(isWhole, cancellation);
        finding = await idCheck.FindAsync(finding?.Position - 1 ?? long.MaxValue, progress, cancellation)
            ?? finding
            ?? await versions.CompareAsync(snapshot.Connection, cancellation);

        return new ChainReport(events, chain.Followed, voidPositions, chain.Position, finding);
    }

    private async Task<Finding?> CheckEventsAsync(
        SnapshotReaders readers, EventIdCheck idCheck, StreamVersions versions, IProgress<WorkProgress>? progress,
        CancellationToken cancellation)
    {
        var total = (await BlockTable.ReadHeadAsync(snapshot.Connection, cancellation))?.Position ?? 0;
        var checks = readers.RunInOrderAsync(
            BlockSlice.CutAsync(FollowAsync(cancellation), cancellation),
            async (connection, slice) =>
                (Slice: slice, Seen: await SliceCheck.RunAsync(connection, slice, ids, cancellation)),
            cancellation);

        await foreach (var (slice, seen) in checks)
        {
            events += seen.Events;
            voidPositions += seen.VoidPositions;
            idCheck.Add(slice, seen.IdSum);

            if (Finding.Earlier(seen.Finding, versions.Follow(seen.Runs)) is { } finding)
            {
                return finding;
            }

            progress?.Report(new WorkProgress("positions", slice.Last, total));
        }

        return null;
    }

    // Ends at the first link that is broken: what is behind it can't be trusted to say what events there must be.
    private async IAsyncEnumerable<Block> FollowAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        // A block whose number is below the first one's is wrong as well.
        var next = chain.Number == 0 ? long.MinValue : chain.Number + 1;

        await foreach (var block in BlockTable.ReadFromAsync(snapshot.Connection, next, cancellation))
        {
            broken = chain.Follow(block) ?? history.Compare(block);

            if (broken is not null)
            {
                yield break;
            }

            yield return block;
        }
    }

    private async Task<Block?> BlockBeforeAsync(CancellationToken cancellation)
    {
        if (options.From <= 1)
        {
            return null;
        }

        var first = await BlockTable.FindNumberAsync(snapshot.Connection, options.From, cancellation)
            ?? throw new ProofException($"No block covers position {options.From}; the ledger doesn't reach it.");

        return await BlockTable.FindAsync(snapshot.Connection, first - 1, cancellation);
    }

    private async Task<Finding?> CheckStrayEventsAsync(bool isWhole, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(StrayEventSql, snapshot.Connection) { CommandTimeout = 0 };
        command.Parameters.Add(new() { Value = isWhole ? 1L : long.MinValue });
        command.Parameters.Add(new() { Value = chain.Position });

        return await command.ExecuteScalarAsync(cancellation) is long position
            ? new Finding(position, "has an event that no block covers")
            : null;
    }
}
