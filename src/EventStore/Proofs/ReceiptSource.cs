using System.Text;
using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Copying;
using EventLedger.EventStore.Verifying;
using Npgsql;

namespace EventLedger.EventStore.Proofs;

/// <summary>Makes receipts from the ledger.</summary>
/// <param name="database">The ledger's database.</param>
public sealed class ReceiptSource(NpgsqlDataSource database)
{
    private const string PositionSql = "select position from event_ids where id = $1";

    /// <summary>The receipt of an event; with anchors, it leads to the first one that covers the event.</summary>
    /// <exception cref="ProofException">The event isn't there, or nothing that would prove it.</exception>
    public async Task<Receipt> MakeAsync(
        Guid eventId, IReadOnlyList<Anchor> anchors, CancellationToken cancellation)
    {
        await using var snapshot = await LedgerSnapshot.TakeAsync(database, cancellation);
        var connection = snapshot.Connection;
        var position = await FindPositionAsync(connection, eventId, cancellation)
            ?? throw new ProofException($"Event {eventId} isn't in the ledger.");
        var number = await BlockTable.FindNumberAsync(connection, position, cancellation) ?? 0;
        var block = await BlockTable.FindAsync(connection, number, cancellation)
            ?? throw Unprovable(eventId);
        var previous = await BlockTable.FindAsync(connection, number - 1, cancellation);
        var (leaves, proven) = await ReadBlockAsync(connection, block, position, cancellation);

        if (proven is null)
        {
            throw Unprovable(eventId);
        }

        var later = await ReadLaterAsync(connection, block, anchors, cancellation);
        var path = MerklePath.Of(leaves, checked((int)(position - block.FirstPosition)));
        var receipt = new Receipt(proven, path, block, previous?.Hash ?? new byte[LeafHash.Size], later);
        return receipt.FindFault() is null ? receipt : throw Unprovable(eventId);
    }

    private static ProofException Unprovable(Guid eventId) =>
        new($"Event {eventId} isn't what its block was made with; 'ledger verify' tells what is wrong.");

    private static async Task<long?> FindPositionAsync(
        NpgsqlConnection connection, Guid eventId, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(PositionSql, connection);
        command.Parameters.Add(new() { Value = eventId });
        return await command.ExecuteScalarAsync(cancellation) as long?;
    }

    private static async Task<(List<byte[]> Leaves, ProvenEvent? Proven)> ReadBlockAsync(
        NpgsqlConnection connection, Block block, long position, CancellationToken cancellation)
    {
        var json = new CanonicalJsonWriter();
        var leaves = new List<byte[]>();
        ProvenEvent? proven = null;
        await using var rows = await CopyRows.OpenAsync(
            connection, EventRows.Query(block.FirstPosition, block.LastPosition), EventRows.Fields, cancellation);

        while (await rows.NextAsync(cancellation))
        {
            var leaf = new byte[LeafHash.Size];

            if (rows.HashEvent(json, leaf) is not null)
            {
                return (leaves, null);
            }

            leaves.Add(leaf);
            proven = rows.EventPosition == position ? Proven(rows) : proven;
        }

        return (leaves, leaves.Count == block.Positions ? proven : null);
    }

    private static ProvenEvent Proven(CopyRows row) => new(
        row.EventPosition, Encoding.UTF8.GetString(row.EventStream), row.EventVersion, row.EventId,
        Encoding.UTF8.GetString(row.EventType), CanonicalJson.Of(row.EventData));

    private static async Task<IReadOnlyList<Block>> ReadLaterAsync(
        NpgsqlConnection connection, Block block, IReadOnlyList<Anchor> anchors, CancellationToken cancellation)
    {
        if (anchors.Count == 0)
        {
            return [];
        }

        var anchor = anchors.Where(anchor => anchor.Block >= block.Number).MinBy(anchor => anchor.Block)
            ?? throw new ProofException($"No anchor is of block {block.Number} or a later one; make one first.");
        var count = anchor.Block - block.Number;

        if (count > Receipt.LaterBlocksMax)
        {
            throw new ProofException(
                $"The first anchor behind block {block.Number} is of block {anchor.Block}; a receipt bridges at most "
                + $"{Receipt.LaterBlocksMax} blocks. Check it against the hash of block {block.Number} instead.");
        }

        return await BlockTable.ReadFromAsync(connection, block.Number + 1, cancellation)
            .TakeWhile(later => later.Number <= anchor.Block)
            .ToListAsync(cancellation);
    }
}
