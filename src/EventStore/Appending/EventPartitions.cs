using Npgsql;

namespace EventLedger.EventStore.Appending;

/// <summary>Makes the partitions of <c>mt_events</c> before positions reach them.</summary>
internal sealed class EventPartitions(NpgsqlDataSource database)
{
    /// <summary>Positions in a partition; the function <c>create_event_partition</c> has the same number.</summary>
    public const long Size = 1_000_000;

    private const int SlotsAhead = 2;

    private long coveredTo;

    /// <summary>Returns once partitions reach past <paramref name="position"/>, with some to spare.</summary>
    public async ValueTask EnsureAsync(long position, CancellationToken cancellation)
    {
        if (position + Size <= Volatile.Read(ref coveredTo))
        {
            return;
        }

        // From the one before, where the events that lead up to the position may begin.
        var firstSlot = Math.Max((position - 1) / Size - 1, 0);
        var lastSlot = (position - 1) / Size + SlotsAhead;
        await using var create = database.CreateCommand(
            "select create_event_partition(slot) from generate_series($1, $2) as slot");
        create.Parameters.Add(new() { Value = firstSlot });
        create.Parameters.Add(new() { Value = lastSlot });
        await create.ExecuteNonQueryAsync(cancellation);
        Volatile.Write(ref coveredTo, (lastSlot + 1) * Size);
    }
}
