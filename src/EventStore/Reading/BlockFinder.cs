using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Verifying;
using Npgsql;

namespace EventLedger.EventStore.Reading;

/// <summary>Tells which block holds a position. It is asked for positions that rise.</summary>
/// <param name="database">The ledger's database.</param>
/// <param name="blocksAtOnce">Blocks that are read at once: many for neighbours, few for positions far apart.</param>
public sealed class BlockFinder(NpgsqlDataSource database, int blocksAtOnce)
{
    private List<Block> blocks = [];
    private int at;

    /// <summary>The number of the block that covers a position; null where none does.</summary>
    public async ValueTask<long?> FindAsync(long position, CancellationToken cancellation)
    {
        SkipTo(position);

        if (at == blocks.Count)
        {
            await ReadAsync(position, cancellation);
        }

        return at < blocks.Count && blocks[at].FirstPosition <= position ? blocks[at].Number : null;
    }

    private void SkipTo(long position)
    {
        while (at < blocks.Count && blocks[at].LastPosition < position)
        {
            at++;
        }
    }

    private async Task ReadAsync(long position, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var number = await BlockTable.FindNumberAsync(connection, position, cancellation);
        blocks = number is null
            ? []
            : await BlockTable.ReadPageAsync(connection, number.Value, blocksAtOnce, cancellation);
        at = 0;
    }
}
