using System.Collections.Concurrent;
using System.Data;
using EventLedger.EventStore;
using Npgsql;

namespace EventLedger.Projections.Rebuilding;

/// <summary>
/// Makes a view anew beside the live table while events come in, and finds how the two differ:
/// (1) slices of positions are summed into side tables, on several connections, each slice kept once it is done;
/// (2) in one snapshot, the events that came meanwhile are added, and live and side tables compared;
/// (3) the live table is put right, if that is asked for.
/// Only one rebuild runs at a time, in all processes.
/// </summary>
public sealed class Rebuilder : IAsyncDisposable
{
    private const string LockKey = "7000000000000000012";
    private const string TryLockSql = $"select pg_try_advisory_lock({LockKey})";
    private const int CatchUpsMax = 100;

    // Each connection is one worker, and its sums of a slice fit into memory. A slice that is being folded is idle
    // for PostgreSQL at times.
    private const string SettingsSql = """
        select set_config('work_mem', '256MB', false), set_config('jit', 'off', false),
            set_config('idle_in_transaction_session_timeout', '0', false)
        """;

    private const string UnlockSql = $"select pg_advisory_unlock({LockKey})";

    // Appends wait behind a swap that waits, so it doesn't wait for long.
    private const string SwapSettingsSql = "select set_config('lock_timeout', $1, true)";

    private readonly NpgsqlDataSource database;
    private readonly NpgsqlConnection connection;
    private readonly RebuildOptions options;

    private Rebuilder(NpgsqlDataSource database, NpgsqlConnection connection, RebuildOptions options)
    {
        this.database = database;
        this.connection = connection;
        this.options = options;
    }

    /// <summary>Makes sure that no other rebuild runs.</summary>
    /// <exception cref="RebuildException">Another one does.</exception>
    public static async Task<Rebuilder> OpenAsync(
        NpgsqlDataSource database, RebuildOptions options, CancellationToken cancellation)
    {
        var own = await OpenConnectionAsync(database, cancellation);
        await using var tryLock = new NpgsqlCommand(TryLockSql, own);

        if (await tryLock.ExecuteScalarAsync(cancellation) is true)
        {
            return new Rebuilder(database, own, options);
        }

        await own.DisposeAsync();
        throw new RebuildException("another rebuild is running; wait for its end, or end it");
    }

    /// <summary>Throws away what broken runs have left.</summary>
    public async Task ForgetAsync(RebuiltView view, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);

        foreach (var way in Enum.GetValues<Way>())
        {
            await new SideTable(view, way).ForgetAsync(connection, cancellation);
        }

        await transaction.CommitAsync(cancellation);
    }

    /// <summary>
    /// Makes a view anew, by each of <paramref name="ways"/>, and compares the first with the live table.
    /// </summary>
    /// <param name="view">What is made anew.</param>
    /// <param name="ways">How; two of them are compared with each other as well.</param>
    /// <param name="differencesMax">How many differences the report names.</param>
    /// <param name="progress">Is told after each slice.</param>
    /// <param name="cancellation">Ends it early; what was done is kept.</param>
    /// <exception cref="RebuildException">An event can't be read, or the live table moves on too fast.</exception>
    public async Task<RebuildReport> RebuildAsync(
        RebuiltView view, IReadOnlyList<Way> ways, int differencesMax, IProgress<WorkProgress>? progress,
        CancellationToken cancellation)
    {
        var tables = ways.Select(way => new SideTable(view, way)).ToArray();
        var done = new Dictionary<SideTable, List<Slice>>();

        foreach (var table in tables)
        {
            done.Add(table, await table.BeginAsync(connection, cancellation));
        }

        var doneBefore = Positions(done);

        for (var catchUp = 0; ; catchUp++)
        {
            var goal = await ReachedAsync(view, cancellation);
            var work = new Work(view.Name, Positions(done), doneBefore, goal * tables.Length, progress);

            foreach (var table in tables)
            {
                await FillAsync(table, done[table], goal, work, cancellation);
            }

            if (await CompareAsync(view, tables, done, differencesMax, cancellation) is { } report)
            {
                return report with { Resumed = doneBefore };
            }

            if (catchUp == CatchUpsMax)
            {
                throw new RebuildException($"events come in faster than they can be summed, after {catchUp} attempts");
            }
        }
    }

    /// <summary>Puts the live table right by what the last comparison found.</summary>
    /// <exception cref="RebuildException">Those who write the table don't pause.</exception>
    public async Task SwapAsync(RebuiltView view, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TrySwapAsync(view, cancellation);
                return;
            }
            catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                if (attempt == options.SwapAttemptsMax)
                {
                    throw new RebuildException(
                        $"an append held the {view.Name} for too long, {attempt} times; nothing was changed");
                }
            }
        }
    }

    /// <summary>Lets the next rebuild begin.</summary>
    public async ValueTask DisposeAsync()
    {
        // A connection that goes back to its pool keeps its session, and one that broke has lost it.
        if (connection.State is ConnectionState.Open)
        {
            await ExecuteAsync(UnlockSql, CancellationToken.None);
        }

        await connection.DisposeAsync();
    }

    private static async Task<NpgsqlConnection> OpenConnectionAsync(
        NpgsqlDataSource database, CancellationToken cancellation)
    {
        var opened = await database.OpenConnectionAsync(cancellation);
        await using var settings = new NpgsqlCommand(SettingsSql, opened);
        await settings.ExecuteNonQueryAsync(cancellation);
        return opened;
    }

    private async Task FillAsync(
        SideTable table, List<Slice> done, long goal, Work work, CancellationToken cancellation)
    {
        var share = Math.Clamp((goal + options.Connections - 1) / options.Connections, 1, options.SlicePositionsMax);
        var remaining = new ConcurrentQueue<Slice>(Slice.Remaining(done, goal, share));
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

        await Task.WhenAll(Enumerable.Range(0, Math.Min(options.Connections, remaining.Count)).Select(async _ =>
        {
            try
            {
                await FillFromAsync(remaining, failed.Token);
            }
            catch
            {
                await failed.CancelAsync();
                throw;
            }
        }));

        async Task FillFromAsync(ConcurrentQueue<Slice> slices, CancellationToken ending)
        {
            await using var own = await OpenConnectionAsync(database, ending);

            while (slices.TryDequeue(out var slice))
            {
                await using var transaction = await own.BeginTransactionAsync(ending);
                await table.FillAsync(slice, own, ending);
                await transaction.CommitAsync(ending);

                lock (done)
                {
                    done.Add(slice);
                }

                work.Add(slice.Positions);
            }
        }
    }

    // Null if so much has come in meanwhile that it is better summed on several connections first.
    private async Task<RebuildReport?> CompareAsync(
        RebuiltView view, SideTable[] tables, Dictionary<SideTable, List<Slice>> done, int differencesMax,
        CancellationToken cancellation)
    {
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var reached = await ReachedAsync(view, cancellation);

        foreach (var table in tables)
        {
            var rest = Slice.Remaining(done[table], reached, options.SlicePositionsMax).ToArray();

            if (rest.Length > 1)
            {
                return null;
            }

            foreach (var slice in rest)
            {
                await table.FillAsync(slice, connection, cancellation);
            }
        }

        await ExecuteAsync($"truncate {view.DifferencesTable}", cancellation);
        var differences = await ExecuteAsync(view.DifferencesSql(tables[0].Name), cancellation);
        var disagreements = tables.Length > 1 ? await ScalarAsync(view.DisagreementsSql, cancellation) : 0;
        var first = await ReadFirstAsync(view, differencesMax, cancellation);

        foreach (var table in tables)
        {
            await table.ForgetAsync(connection, cancellation);
        }

        await snapshot.CommitAsync(cancellation);
        return new RebuildReport(reached, Resumed: 0, differences, first, disagreements);
    }

    private async Task TrySwapAsync(RebuiltView view, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var settings = new NpgsqlCommand(SwapSettingsSql, connection)
        {
            Parameters = { new() { Value = $"{(long)options.SwapWait.TotalMilliseconds}ms" } },
        })
        {
            await settings.ExecuteNonQueryAsync(cancellation);
        }

        await ExecuteAsync(view.LockSql, cancellation);

        foreach (var sql in view.CorrectSql)
        {
            await ExecuteAsync(sql, cancellation);
        }

        await ExecuteAsync($"truncate {view.DifferencesTable}", cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private async Task<List<Difference>> ReadFirstAsync(
        RebuiltView view, int countMax, CancellationToken cancellation)
    {
        var first = new List<Difference>();
        await using var command = new NpgsqlCommand(view.FirstDifferencesSql, connection)
        {
            Parameters = { new() { Value = countMax } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            first.Add(new Difference(
                reader.GetString(0), reader.GetBoolean(3) ? null : reader.GetString(1),
                reader.GetBoolean(4) ? null : reader.GetString(2)));
        }

        return first;
    }

    private static long Positions(Dictionary<SideTable, List<Slice>> done) =>
        done.Values.Sum(slices => slices.Sum(slice => slice.Positions));

    private Task<long> ReachedAsync(RebuiltView view, CancellationToken cancellation) =>
        ScalarAsync(view.ReachedSql, cancellation);

    private async Task<long> ScalarAsync(string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private async Task<int> ExecuteAsync(string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private sealed class Work(
        string what, long done, long doneBefore, long goal, IProgress<WorkProgress>? progress)
    {
        private long done = done;

        public void Add(long positions) =>
            progress?.Report(new WorkProgress(what, Interlocked.Add(ref done, positions), goal, doneBefore));
    }
}
