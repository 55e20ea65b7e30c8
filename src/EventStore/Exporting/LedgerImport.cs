using EventLedger.EventStore.Appending;
using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Proofs;
using EventLedger.EventStore.Verifying;
using Npgsql;

namespace EventLedger.EventStore.Exporting;

/// <summary>
/// Brings an export into an empty database, in one transaction: all of it, or, where a line is wrong, nothing. Every
/// event, block and link is checked on the way. Appends wait until it has ended.
/// </summary>
/// <param name="database">A database that <see cref="Schema.Migrator"/> brought up to date.</param>
/// <param name="dotnetTypeOf">
/// The CLR type that Marten reads an event of a stored name into; null for none. Throws
/// <see cref="NotSupportedException"/> for a name that it doesn't know.
/// </param>
/// <param name="makeViews">Makes, in the transaction, what else is written with events.</param>
public sealed class LedgerImport(
    NpgsqlDataSource database, Func<string, string?> dotnetTypeOf,
    Func<NpgsqlConnection, CancellationToken, Task> makeViews)
{
    private const long TimeUsMax = 253_402_300_799_999_999;

    // Who appends holds the lock shared. The ticket lets the rows in, which otherwise come from appends alone.
    private const string EnterSql = $"""
        set local idle_in_transaction_session_timeout = 0;
        set local statement_timeout = 0;
        set local jit = off;
        select pg_advisory_xact_lock({WriterLock.Key});
        select set_config('eventledger.ticket', 'import', true)
        """;

    private const string IsEmptySql = """
        select (select block from head) = 0 and not exists (select from blocks) and not exists (select from mt_streams)
            and not exists (select from mt_events) and not exists (select from event_ids)
        """;

    private const string StreamsSql = "insert into mt_streams (id, version) select * from unnest($1, $2)";

    private const string HeadSql = """
        update head set block = $1, position = $2, recorded_at = $3, hash = $4
        """;

    private const string ProgressSql = """
        update mt_event_progression set last_seq_id = $1, last_updated = $2 where name = 'HighWaterMark'
        """;

    // Last, since sequences keep what they are set to even where the transaction fails.
    private const string SequencesSql = """
        select setval('mt_events_sequence', greatest($1, 1), $1 > 0), setval('block_clock', greatest($2, 1), $2 > 0)
        """;

    /// <summary>Reads all lines, and tells <paramref name="progress"/> how far it got.</summary>
    /// <exception cref="ProofException">The database isn't empty, or a line is wrong; it names both.</exception>
    public async Task<ExportReport> ReadAsync(
        Stream input, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, EnterSql, [], cancellation);

        if (!await IsEmptyAsync(connection, cancellation))
        {
            throw new ProofException("the ledger isn't empty: an export is imported into an empty database only");
        }

        var lines = new LineReader(input);
        using var reader = new ExportReader();

        try
        {
            var head = await ReadHeaderAsync(lines, reader, cancellation);
            var check = new ExportCheck(head);
            await ReadLinesAsync(lines, reader, head, check, connection, progress, cancellation);
            await FinishAsync(connection, head, check, cancellation);
            await transaction.CommitAsync(cancellation);
            return new ExportReport(check.Events, check.Blocks, head.Position, head.Hash);
        }
        catch (ProofException wrong)
        {
            throw new ProofException($"line {lines.Number}: {wrong.Message}; nothing is imported", wrong);
        }
        catch (PostgresException refused) when (refused.SqlState is ['2', '2' or '3', ..])
        {
            // A chain that somebody made anew may hold what no append writes: an id twice, text that can't be stored.
            throw new ProofException(
                $"a line up to {lines.Number} can't be stored: {refused.MessageText}; nothing is imported", refused);
        }
    }

    private static async Task<Head> ReadHeaderAsync(
        LineReader lines, ExportReader reader, CancellationToken cancellation) =>
        await lines.NextAsync(cancellation) is { } line && reader.Read(line) is ExportLine.Header(var head)
            ? head
            : throw new ProofException("it is no export: the first line isn't its header");

    private async Task ReadLinesAsync(
        LineReader lines, ExportReader reader, Head head, ExportCheck check, NpgsqlConnection connection,
        IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        var batch = new ImportBatch();
        var writing = Task.CompletedTask;
        var time = default(DateTime);

        try
        {
            while (await lines.NextAsync(cancellation) is { } line)
            {
                Add(reader.Read(line), check, batch, ref time);

                if (batch.IsFull)
                {
                    // The next lines are read and checked while these are written.
                    await writing;
                    writing = batch.WriteAsync(connection, cancellation);
                    batch = new ImportBatch();
                    progress?.Report(new WorkProgress("positions", check.Position, head.Position));
                }
            }

            Refuse(check.End());
        }
        catch
        {
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await writing;
        await batch.WriteAsync(connection, cancellation);
    }

    private void Add(ExportLine line, ExportCheck check, ImportBatch batch, ref DateTime time)
    {
        switch (line)
        {
            case ExportLine.OfBlock(var block):
                Refuse(check.Take(block) ?? FindTimeless(block));
                time = ImportBatch.TimeOf(block);
                batch.Add(block);
                break;

            case ExportLine.OfEvent(var @event, var digest):
                Refuse(check.Take(@event, digest, out var known));
                batch.Add(@event, time, DotnetTypeOf(@event), known);
                break;

            default:
                throw new ProofException($"it is a second header, behind position {check.Position}");
        }
    }

    private string? DotnetTypeOf(ProvenEvent @event)
    {
        try
        {
            return dotnetTypeOf(@event.Type);
        }
        catch (NotSupportedException unknown)
        {
            throw new ProofException($"position {@event.Position}: {unknown.Message}", unknown);
        }
    }

    private async Task FinishAsync(
        NpgsqlConnection connection, Head head, ExportCheck check, CancellationToken cancellation)
    {
        var time = DateTime.UnixEpoch + TimeSpan.FromTicks(head.TimeUs * TimeSpan.TicksPerMicrosecond);
        await ExecuteAsync(
            connection, StreamsSql, [check.Streams.Keys.ToArray(), check.Streams.Values.ToArray()], cancellation);
        await ExecuteAsync(connection, HeadSql, [head.Block, head.Position, time, head.Hash], cancellation);
        await ExecuteAsync(connection, ProgressSql, [head.Position, time], cancellation);
        await makeViews(connection, cancellation);
        await ExecuteAsync(connection, SequencesSql, [head.Position, head.TimeUs], cancellation);
    }

    private static Finding? FindTimeless(Block block) => block.TimeUs is >= 0 and <= TimeUsMax
        ? null
        : new Finding(block.FirstPosition, "has a time that no block has");

    private static void Refuse(Finding? finding)
    {
        if (finding is not null)
        {
            throw new ProofException($"position {finding.Position} {finding.Message}");
        }
    }

    private static async Task<bool> IsEmptyAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(IsEmptySql, connection);
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private static async Task ExecuteAsync(
        NpgsqlConnection connection, string sql, object[] values, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };

        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync(cancellation);
    }
}
