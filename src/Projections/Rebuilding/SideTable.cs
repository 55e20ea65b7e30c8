using EventLedger.EventStore.Copying;
using Npgsql;

namespace EventLedger.Projections.Rebuilding;

/// <summary>
/// Where one way sums a view: a table with the sums of slices, and beside it which slices they are. A slice and its
/// sums are written together or not at all, so a rebuild that was killed goes on where it was.
/// </summary>
internal sealed class SideTable(RebuiltView view, Way way)
{
    private const string BeginSql = """
        insert into rebuilds as r (side_table, run, begun_at) values ($1, 1, transaction_timestamp())
        on conflict (side_table) do update set run = r.run + 1 returning run
        """;

    private const string DoneSql = "select after, last from rebuilt_slices where side_table = $1";

    // Shuts out a process that lost its lock to another one and doesn't know yet.
    private const string StillMineSql =
        "select true from rebuilds where side_table = $1 and run = $2 for share";

    private const string RecordSql = "insert into rebuilt_slices (side_table, after, last) values ($1, $2, $3)";

    private const string ForgetSlicesSql = "delete from rebuilt_slices where side_table = $1";

    private const string ForgetSql = "delete from rebuilds where side_table = $1";

    // The class of SQLSTATEs that say that a value isn't what it should be.
    private const string DataFault = "22";

    private long run;

    /// <summary>The table's name.</summary>
    public string Name { get; } = view.SideTable(way);

    /// <summary>Takes the table up, empty or as a broken run left it; gives the slices in it.</summary>
    public async Task<List<Slice>> BeginAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var begin = new NpgsqlCommand(BeginSql, connection) { Parameters = { new() { Value = Name } } };
        run = (long)(await begin.ExecuteScalarAsync(cancellation))!;

        var slices = new List<Slice>();
        await using var done = new NpgsqlCommand(DoneSql, connection) { Parameters = { new() { Value = Name } } };
        await using var reader = await done.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            slices.Add(new Slice(reader.GetInt64(0), reader.GetInt64(1)));
        }

        return slices;
    }

    /// <summary>Sums a slice within the connection's transaction.</summary>
    public async Task FillAsync(Slice slice, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using (var prepare = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(StillMineSql) { Parameters = { new() { Value = Name }, new() { Value = run } } },
                new NpgsqlBatchCommand(RecordSql)
                {
                    Parameters =
                    {
                        new() { Value = Name }, new() { Value = slice.After }, new() { Value = slice.Last },
                    },
                },
            },
        })
        {
            if (await prepare.ExecuteScalarAsync(cancellation) is not true)
            {
                throw new RebuildException("another process has taken this rebuild up");
            }
        }

        await (way is Way.Sql
            ? SumAsync(slice, connection, cancellation)
            : FoldAsync(slice, connection, cancellation));
    }

    /// <summary>Empties the table, within the connection's transaction.</summary>
    public async Task ForgetAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var forget = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand($"truncate {Name}"),
                new NpgsqlBatchCommand(ForgetSlicesSql) { Parameters = { new() { Value = Name } } },
                new NpgsqlBatchCommand(ForgetSql) { Parameters = { new() { Value = Name } } },
            },
        };
        await forget.ExecuteNonQueryAsync(cancellation);
    }

    private async Task SumAsync(Slice slice, NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var fill = new NpgsqlCommand(view.FillSql, connection)
        {
            CommandTimeout = 0,
            Parameters = { new() { Value = slice.After }, new() { Value = slice.Last } },
        };

        try
        {
            await fill.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException unreadable) when (unreadable.SqlState.StartsWith(DataFault, StringComparison.Ordinal))
        {
            throw new RebuildException(
                $"an event from position {slice.After + 1} to {slice.Last} can't be read: {unreadable.MessageText}");
        }
    }

    private async Task FoldAsync(Slice slice, NpgsqlConnection connection, CancellationToken cancellation)
    {
        // On a thread of its own: the rows are read without waiting in between.
        var sums = await Task.Run(() => ReadSumsAsync(slice, connection, cancellation), cancellation);
        await using var rows = await connection.BeginBinaryImportAsync(
            $"copy {Name} ({view.SideColumns}) from stdin (format binary)", cancellation);

        foreach (var (key, sum) in sums.All)
        {
            await view.WriteAsync(rows, EntrySums.Parts(key), sum, cancellation);
        }

        await rows.CompleteAsync(cancellation);
    }

    private async Task<EntrySums> ReadSumsAsync(
        Slice slice, NpgsqlConnection connection, CancellationToken cancellation)
    {
        var sums = new EntrySums();
        await using var events = await CopyRows.OpenAsync(
            connection,
            $"select {string.Join(", ", view.FoldedColumns)} from mt_events "
            + $"where seq_id > {slice.After} and seq_id <= {slice.Last}",
            view.FoldedColumns.Length, cancellation);

        while (events.Next())
        {
            cancellation.ThrowIfCancellationRequested();
            FoldOne(sums, events);
        }

        return sums;
    }

    private void FoldOne(EntrySums sums, CopyRows @event)
    {
        try
        {
            view.Fold(sums, @event);
        }
        catch (Exception unreadable) when (unreadable is FormatException or InvalidOperationException
            or OverflowException)
        {
            throw new RebuildException($"the event at position {@event.Int64(0)} can't be read: {unreadable.Message}");
        }
    }
}
