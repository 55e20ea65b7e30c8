using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Verifying;
using Npgsql;

namespace EventLedger.EventStore.Proofs;

/// <summary>Finds what an anchor is made of.</summary>
public static class AnchorSource
{
    /// <summary>The newest block.</summary>
    /// <exception cref="ProofException">There is none, or it isn't what the head says.</exception>
    public static async Task<Block> NewestAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var snapshot = await LedgerSnapshot.TakeAsync(database, cancellation);
        var head = await BlockTable.ReadHeadAsync(snapshot.Connection, cancellation);

        if (head is not { Block: > 0 })
        {
            throw new ProofException("The ledger has no block yet.");
        }

        var block = await BlockTable.FindAsync(snapshot.Connection, head.Block, cancellation);

        return block is not null && block.Hash.AsSpan().SequenceEqual(head.Hash)
            ? block
            : throw new ProofException($"The head isn't block {head.Block}; 'ledger verify' tells what is wrong.");
    }
}
