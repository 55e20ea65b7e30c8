using EventLedger.EventStore.Blocks;

namespace EventLedger.EventStore.Tests;

/// <summary>What somebody does who may write every table and knows how everything is computed.</summary>
internal static class Rewriting
{
    /// <summary>Changes events, and makes everything from a block on as if they had always been so.</summary>
    public static async Task RewriteAsync(TestStore store, int fromBlock, string change)
    {
        await store.ExecuteAsync(change);
        var last = await store.ScalarAsync<long>("select block from head");

        for (var number = fromBlock; number <= last; number++)
        {
            await store.ExecuteAsync($"""
                update blocks b set root = '\x{Convert.ToHexStringLower(await RootAsync(store, number))}'
                where number = {number};
                update blocks b set hash = block_hash(
                    p.hash, b.number, b.first_position, b.positions,
                    (extract(epoch from b.recorded_at) * 1000000)::bigint, b.root)
                from blocks p where b.number = {number} and p.number = {number - 1}
                """);
        }

        await store.ExecuteAsync("update head set hash = b.hash from blocks b where b.number = head.block");
    }

    /// <summary>Cuts off what came after a block, wherever it shows.</summary>
    public static Task TruncateAsync(TestStore store, int afterBlock) => store.ExecuteAsync($"""
        delete from blocks where number > {afterBlock};
        update head set block = b.number, position = b.first_position + b.positions - 1, recorded_at = b.recorded_at,
            hash = b.hash from blocks b where b.number = {afterBlock};
        delete from mt_events where seq_id > (select position from head);
        delete from event_ids where position > (select position from head);
        update mt_streams s set version = (select count(*) from mt_events e where e.stream_id = s.id)
        """);

    private static async Task<byte[]> RootAsync(TestStore store, int number)
    {
        var leaves = new List<byte>();
        await using var command = store.Database.CreateCommand($"""
            select e.stream_id, e.version, e.id, e.type, e.data::text, e.seq_id
            from mt_events e join blocks b on e.seq_id between b.first_position and b.first_position + b.positions - 1
            where b.number = {number} order by e.seq_id
            """);
        await using var reader = await command.ExecuteReaderAsync();

        while (await reader.ReadAsync())
        {
            var leaf = new byte[LeafHash.Size];
            LeafHash.Compute(
                reader.GetString(0), reader.GetInt64(1), reader.GetGuid(2), reader.GetString(3),
                CanonicalJson.Of(System.Text.Encoding.UTF8.GetBytes(reader.GetString(4))), leaf);
            leaves.AddRange(leaf);
            await store.ExecuteAsync(
                $"update event_ids set digest = {LeafHash.Digest(leaf)} where position = {reader.GetInt64(5)}");
        }

        return MerkleTree.Root(leaves.ToArray());
    }
}
