using System.Runtime.CompilerServices;
using Npgsql;

namespace EventLedger.EventStore.Reading;

/// <summary>
/// Reads events in the order of their positions, in memory that doesn't grow with their number. What is read ends at
/// the head that is read first: everything below it is visible, and never changes.
/// </summary>
/// <param name="database">The ledger's database.</param>
public sealed partial class EventReader(NpgsqlDataSource database)
{
    /// <summary>Connections that read slices at the same time, for each enumeration.</summary>
    public const int ConnectionsMax = 3;

    private readonly EventPages rows = new(new TextCache());

    /// <summary>The newest position.</summary>
    public async Task<long> ReadHeadAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select position from head");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>All events from <paramref name="position"/> to the head.</summary>
    public async IAsyncEnumerable<StoredEvent> ReadFromAsync(
        long position, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var head = await ReadHeadAsync(cancellation);

        await foreach (var @event in ReadAsync(position, head, cancellation))
        {
            yield return @event;
        }
    }

    /// <summary>The events between two positions, both included, which the head must have passed.</summary>
    public async IAsyncEnumerable<StoredEvent> ReadAsync(
        long first, long last, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var slices = new Queue<SliceReader>(ConnectionsMax);

        try
        {
            while (first <= last || slices.Count > 0)
            {
                while (first <= last && slices.Count < ConnectionsMax)
                {
                    var sliceLast = Math.Min(last, first + SliceReader.PositionsMax - 1);
                    slices.Enqueue(new SliceReader(database, rows, first, sliceLast, ended.Token));
                    first = sliceLast + 1;
                }

                await foreach (var page in slices.Peek().Pages.WithCancellation(cancellation))
                {
                    foreach (var @event in page)
                    {
                        yield return @event;
                    }
                }

                slices.Dequeue();
            }
        }
        finally
        {
            await ended.CancelAsync();
            await Task.WhenAll(slices.Select(slice => slice.Ended));
        }
    }
}
