using System.Threading.Channels;
using EventLedger.EventStore.Copying;
using Npgsql;

namespace EventLedger.EventStore.Reading;

/// <summary>
/// Reads one slice of positions on a connection of its own, in pages, a bounded number of them ahead of the taker.
/// </summary>
internal sealed class SliceReader
{
    /// <summary>Positions in a slice.</summary>
    public const int PositionsMax = 8192;

    /// <summary>
    /// Pages that are read before somebody takes them: enough for a slice of ordinary events, whose statement then
    /// ends, and its snapshot with it, however slow the taker is.
    /// </summary>
    public const int PagesAheadMax = 128;

    /// <summary>Bytes of a page, unless a single event needs more.</summary>
    public const int PageBytes = 64 * 1024;

    private readonly NpgsqlDataSource database;
    private readonly EventPages rows;
    private readonly string copySql;
    private readonly Channel<List<StoredEvent>> pages = Channel.CreateBounded<List<StoredEvent>>(
        new BoundedChannelOptions(PagesAheadMax) { SingleReader = true, SingleWriter = true });

    /// <summary>Begins to read.</summary>
    public SliceReader(
        NpgsqlDataSource database, EventPages rows, long first, long last, CancellationToken cancellation)
    {
        this.database = database;
        this.rows = rows;

        copySql = CopyFormat.Sql(
            $"select {EventPages.Columns} from mt_events where seq_id between {first} and {last} order by seq_id");
        Ended = Task.Run(() => RunAsync(cancellation), CancellationToken.None);
    }

    /// <summary>What was read, in order; what failed is thrown here.</summary>
    public IAsyncEnumerable<List<StoredEvent>> Pages => pages.Reader.ReadAllAsync(CancellationToken.None);

    /// <summary>Ends with the reading, whether it failed or not.</summary>
    public Task Ended { get; }

    private async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            await ReadAsync(cancellation);
            pages.Writer.Complete();
        }
        catch (Exception failure)
        {
            pages.Writer.Complete(failure);
        }
    }

    private async Task ReadAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var copy = await connection.BeginRawBinaryCopyAsync(copySql, cancellation);
        await copy.ReadExactlyAsync(new byte[CopyFormat.HeaderBytes], cancellation);
        var buffer = new byte[PageBytes];
        var filled = 0;

        while (await copy.ReadAtLeastAsync(buffer.AsMemory(filled), buffer.Length - filled, false, cancellation)
            is > 0 and var count)
        {
            filled += count;
            var events = new List<StoredEvent>();
            var used = rows.Read(buffer.AsMemory(0, filled), events);

            if (events.Count > 0)
            {
                await pages.Writer.WriteAsync(events, cancellation);
            }

            // Each page has memory of its own, since nobody knows how long its events are kept.
            var rest = buffer.AsMemory(used, filled - used);
            buffer = new byte[used == 0 ? 2 * buffer.Length : PageBytes];
            rest.CopyTo(buffer);
            filled = rest.Length;
        }
    }
}
