using System.Runtime.InteropServices;
using Npgsql;

namespace EventLedger.EventStore.Verifying;

/// <summary>
/// Compares <c>event_ids</c> with the events: both are summed up by slice, and only a slice whose sums differ is
/// looked at again, row by row. One pass over the table, in the order of its pages, instead of a look-up for each
/// event.
/// </summary>
/// <param name="readers">Connections to read with.</param>
/// <param name="ids">Sums up.</param>
/// <param name="from">Where the first slice begins; rows for positions before it are none of this check's.</param>
internal sealed class EventIdCheck(SnapshotReaders readers, IdSum ids, long from)
{
    private readonly List<long> firsts = [];
    private readonly List<long> lasts = [];
    private readonly List<ulong> differences = [];

    /// <summary>Adds what the events of the next slice ask for.</summary>
    public void Add(BlockSlice slice, ulong sum)
    {
        firsts.Add(slice.First);
        lasts.Add(slice.Last);
        differences.Add(sum);
    }

    /// <summary>
    /// Names the first position, among slices added and up to <paramref name="last"/>, that is wrong.
    /// </summary>
    public async Task<Finding?> FindAsync(
        long last, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        var stray = await SubtractTableAsync(progress, cancellation);
        var slice = differences.FindIndex(difference => difference != 0);
        var found = slice < 0 || firsts[slice] > last
            ? null
            : await readers.RunAsync(
                connection => LocateAsync(connection, slice, Math.Min(last, lasts[slice]), cancellation), cancellation);

        return Finding.Earlier(found, stray is { } position && position <= last ? Stray(position) : null);
    }

    // What remains in each slice is what events have and the table doesn't, less what only the table has.
    private async Task<long?> SubtractTableAsync(IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        var pages = await readers.RunAsync(
            connection => EventIdTable.CountPagesAsync(connection, cancellation), cancellation);
        long? stray = null;
        var parts = AsyncEnumerable.Sequence(0, Math.Max(pages - 1, 0), EventIdTable.PagesMax);

        await foreach (var part in readers.RunInOrderAsync(
            parts, (connection, page) => SumUpAsync(connection, page, cancellation), cancellation))
        {
            stray = Finding.EarlierPosition(stray, part.Stray);

            foreach (var (slice, sum) in part.Sums)
            {
                differences[slice] = unchecked(differences[slice] - sum);
            }

            var done = Math.Min(part.Page + EventIdTable.PagesMax, pages);
            progress?.Report(new WorkProgress("event ids", done, pages));
        }

        return stray;
    }

    private async Task<(long Page, Dictionary<int, ulong> Sums, long? Stray)> SumUpAsync(
        NpgsqlConnection connection, long page, CancellationToken cancellation)
    {
        var sums = new Dictionary<int, ulong>();
        long? stray = null;

        await EventIdTable.ReadAsync(
            connection,
            page,
            (id, position, fingerprint, digest) =>
            {
                if (SliceOf(position) is >= 0 and var slice)
                {
                    ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, slice, out _);
                    sum = unchecked(sum + ids.Of(id, position, fingerprint, digest));
                }
                else if (position >= from || from == 1)
                {
                    stray = Finding.EarlierPosition(stray, position);
                }
            },
            cancellation);

        return (page, sums, stray);
    }

    private int SliceOf(long position)
    {
        var found = firsts.BinarySearch(position);
        var slice = found >= 0 ? found : ~found - 1;
        return slice >= 0 && position <= lasts[slice] ? slice : -1;
    }

    private async Task<Finding?> LocateAsync(
        NpgsqlConnection connection, int slice, long last, CancellationToken cancellation)
    {
        var unlike = await EventIdTable.FindUnlikeAsync(connection, firsts[slice], last, cancellation);
        var stray = await EventIdTable.FindStrayAsync(connection, firsts[slice], last, cancellation);

        return Finding.Earlier(
            unlike is { } position ? Unlike(position) : null,
            stray is { } wrong ? Stray(wrong) : null);
    }

    /// <summary>The finding that an event's id leads elsewhere, or to something else.</summary>
    public static Finding Unlike(long position) =>
        new(position, "isn't found by its event's id, fingerprint and digest");

    private static Finding Stray(long position) => new(position, "is said to hold an event id that isn't there");
}
