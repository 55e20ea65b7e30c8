using System.Runtime.CompilerServices;
using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Copying;
using Npgsql;

namespace EventLedger.EventStore.Verifying;

/// <summary>Reads <c>blocks</c> and <c>head</c>.</summary>
internal static class BlockTable
{
    /// <summary>Blocks that are read in one go.</summary>
    public const int PageSize = 8192;

    private const string Columns = "number, first_position, positions, recorded_at, root, hash";

    // Blocks are found by number only; their positions rise with it.
    private const string SearchSql = """
        with recursive search (low, high) as (
            select 1::bigint, (select block from head)
            union all
            select case when b.first_position <= $1 then b.number else low end,
                case when b.first_position <= $1 then high else b.number - 1 end
            from search join blocks b on b.number = (low + high + 1) / 2
            where low < high)
        select b.number from search join blocks b on b.number = low
        where low = high and $1 between b.first_position and b.first_position + b.positions - 1
        """;

    /// <summary>Reads the blocks from <paramref name="number"/> on, in their order.</summary>
    public static async IAsyncEnumerable<Block> ReadFromAsync(
        NpgsqlConnection connection, long number, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // Page by page: who stops early must not be made to read the rest.
        while (await ReadPageAsync(connection, number, PageSize, cancellation) is { Count: > 0 } page)
        {
            foreach (var block in page)
            {
                yield return block;
            }

            number = page[^1].Number + 1;
        }
    }

    /// <summary>The block of that number.</summary>
    public static async Task<Block?> FindAsync(
        NpgsqlConnection connection, long number, CancellationToken cancellation) =>
        await ReadPageAsync(connection, number, 1, cancellation) is [var block] && block.Number == number
            ? block
            : null;

    /// <summary>The number of the block that covers a position.</summary>
    public static async Task<long?> FindNumberAsync(
        NpgsqlConnection connection, long position, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(SearchSql, connection);
        command.Parameters.Add(new() { Value = position });
        return await command.ExecuteScalarAsync(cancellation) as long?;
    }

    /// <summary>The head as the block that it must be equal to; null if it is missing.</summary>
    public static async Task<Head?> ReadHeadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var rows = await CopyRows.OpenAsync(
            connection, "select block, position, recorded_at, hash from head", fieldsCount: 4, cancellation);

        return await rows.NextAsync(cancellation)
            ? new Head(rows.Int64(0), rows.Int64(1), PostgresTime.ToUnix(rows.Int64(2)), rows.Bytes(3).ToArray())
            : null;
    }

    /// <summary>Up to <paramref name="limit"/> blocks from a number on.</summary>
    public static async Task<List<Block>> ReadPageAsync(
        NpgsqlConnection connection, long number, int limit, CancellationToken cancellation)
    {
        var page = new List<Block>();
        await using var rows = await CopyRows.OpenAsync(
            connection,
            $"select {Columns} from blocks where number >= {number} order by number limit {limit}",
            fieldsCount: 6, cancellation);

        while (await rows.NextAsync(cancellation))
        {
            page.Add(new Block(
                rows.Int64(0), rows.Int64(1), rows.Int64(2), PostgresTime.ToUnix(rows.Int64(3)),
                rows.IsNull(4) ? null : rows.Bytes(4).ToArray(), rows.Bytes(5).ToArray()));
        }

        return page;
    }
}

/// <summary>What the table <c>head</c> says of the newest block.</summary>
/// <param name="Block">Its number.</param>
/// <param name="Position">Its last position.</param>
/// <param name="TimeUs">Its time, in microseconds since 1970.</param>
/// <param name="Hash">Its hash.</param>
internal sealed record Head(long Block, long Position, long TimeUs, byte[] Hash);
