using Npgsql;

namespace EventLedger.EventStore.Appending;

/// <summary>Makes the partitions of <c>mt_events</c> before positions reach them.</summary>
internal sealed class EventPartitions(NpgsqlDataSource database)
{
    /// <summary>Positions in a partition; the function <c>create_event_partition</c> has the same number.</summary>
    public const long Size = 1_000_000;

    private const int SlotsAhead = 2;

    private long coveredTo;
    private long reached;

    /// <summary>
    /// Whether a few events may be written wherever the database puts them: an append that finds it isn't so asks for
    /// its positions first. Each one looks ahead a million of them, in each process.
    /// </summary>
    public bool AreReady => Volatile.Read(ref reached) + Size <= Volatile.Read(ref coveredTo);

    /// <summary>Takes note of a position that was drawn.</summary>
    public void Reach(long position) => Volatile.Write(ref reached, position);

    /// <summary>
    /// Whether a write failed because the positions jumped past what there is, as after a sequence set by hand.
    /// </summary>
    public static bool AreMissing(PostgresException failure) => failure is
    {
        SqlState: PostgresErrorCodes.CheckViolation, TableName: "mt_events", ConstraintName: null,
    };

    /// <summary>Which partition holds a position, by its number.</summary>
    public static long SlotOf(long position) => (position - 1) / Size;

    /// <summary>Has the next append look again.</summary>
    public void Forget() => Volatile.Write(ref coveredTo, 0);

    /// <summary>Returns once partitions reach past <paramref name="position"/>, with some to spare.</summary>
    public async ValueTask EnsureAsync(long position, CancellationToken cancellation)
    {
        if (position + Size <= Volatile.Read(ref coveredTo))
        {
            return;
        }

        // From the one before, where the events that lead up to the position may begin.
        var firstSlot = Math.Max(SlotOf(position) - 1, 0);
        var lastSlot = SlotOf(position) + SlotsAhead;
        await using var create = database.CreateCommand(
            "select create_event_partition(slot) from generate_series($1, $2) as slot");
        create.Parameters.Add(new() { Value = firstSlot });
        create.Parameters.Add(new() { Value = lastSlot });
        await create.ExecuteNonQueryAsync(cancellation);
        Volatile.Write(ref coveredTo, (lastSlot + 1) * Size);
    }
}
