using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Copying;
using EventLedger.EventStore.Proofs;
using EventLedger.EventStore.Verifying;
using Npgsql;

namespace EventLedger.EventStore.Exporting;

/// <summary>
/// Writes the whole ledger as lines: a header, and each block followed by its events. What is written is checked on
/// the way, so that an export that ends is one that can be imported.
/// </summary>
/// <param name="snapshot">The moment to export; appends may go on meanwhile.</param>
public sealed class LedgerExport(LedgerSnapshot snapshot)
{
    private const int FlushBytes = 256 * 1024;

    private readonly CanonicalJsonWriter canonical = new();

    /// <summary>Writes all lines, and tells <paramref name="progress"/> how far it got.</summary>
    /// <exception cref="ProofException">The ledger isn't whole; it names the first position that is wrong.</exception>
    public async Task<ExportReport> WriteAsync(
        Stream output, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        var head = await BlockTable.ReadHeadAsync(snapshot.Connection, cancellation)
            ?? throw new ProofException("The ledger has no head; 'ledger verify' tells what is wrong.");
        var check = new ExportCheck(head);
        var lines = PipeWriter.Create(output, new StreamPipeWriterOptions(leaveOpen: true));
        using var writer = new ExportWriter();
        await using var events = await snapshot.OpenConnectionAsync(cancellation);
        Write(lines, writer, new ExportLine.Header(head));

        var blocks = BlockTable.ReadFromAsync(snapshot.Connection, long.MinValue, cancellation);

        await foreach (var slice in BlockSlice.CutAsync(blocks, cancellation))
        {
            Refuse(await WriteSliceAsync(events, slice, check, lines, writer, cancellation));
            progress?.Report(new WorkProgress("positions", slice.Last, head.Position));
        }

        Refuse(check.End());
        await lines.CompleteAsync();
        return new ExportReport(check.Events, check.Blocks, head.Position, head.Hash);
    }

    private async Task<Finding?> WriteSliceAsync(
        NpgsqlConnection connection, BlockSlice slice, ExportCheck check, PipeWriter lines, ExportWriter writer,
        CancellationToken cancellation)
    {
        await using var rows = await CopyRows.OpenAsync(
            connection, EventRows.Query(slice.First, slice.Last), EventRows.Fields, cancellation);

        foreach (var block in slice.Blocks)
        {
            if (check.Take(block) is { } broken)
            {
                return broken;
            }

            Write(lines, writer, new ExportLine.OfBlock(block));

            for (var n = block.Root is null ? 0 : block.Positions; n > 0; n--)
            {
                if (!await rows.NextAsync(cancellation))
                {
                    return new Finding(check.Position + 1, "is missing");
                }

                if (Take(rows, block, check, out var line) is { } wrong)
                {
                    return wrong;
                }

                Write(lines, writer, line!);

                if (lines.UnflushedBytes > FlushBytes)
                {
                    await lines.FlushAsync(cancellation);
                }
            }
        }

        return await rows.NextAsync(cancellation)
            ? new Finding(rows.EventPosition, "is in a void block, but has an event")
            : null;
    }

    // What the lines have no room for must be as it is made on the way back.
    private Finding? Take(CopyRows row, Block block, ExportCheck check, out ExportLine.OfEvent? line)
    {
        line = null;

        if (row.EventTimeUs != block.TimeUs)
        {
            return new Finding(row.EventPosition, $"has another time than its block, {block.Number}");
        }

        if (!row.EventHasDefaults)
        {
            return new Finding(row.EventPosition, "has a value in a column that stays empty");
        }

        if (row.CanonicalData(canonical, out var data) is { } fault)
        {
            return new Finding(row.EventPosition, $"has data that no event holds: {fault}");
        }

        var @event = new ProvenEvent(
            row.EventPosition, Encoding.UTF8.GetString(row.EventStream), row.EventVersion, row.EventId,
            Encoding.UTF8.GetString(row.EventType), data);

        if (check.Take(@event, digest: null, out var known) is { } wrong)
        {
            return wrong;
        }

        line = new ExportLine.OfEvent(@event, known.Digest);
        return null;
    }

    private static void Write(PipeWriter lines, ExportWriter writer, ExportLine line)
    {
        lines.Write(writer.Write(line));
        lines.Write("\n"u8);
    }

    private static void Refuse(Finding? finding)
    {
        if (finding is not null)
        {
            throw new ProofException(
                $"position {finding.Position} {finding.Message}; 'ledger verify' tells more, and nothing is exported");
        }
    }
}

/// <summary>What an export holds, or an import has brought.</summary>
/// <param name="Events">Events.</param>
/// <param name="Blocks">Blocks, void ones included.</param>
/// <param name="HeadPosition">The newest position.</param>
/// <param name="HeadHash">The newest block's hash.</param>
public sealed record ExportReport(long Events, long Blocks, long HeadPosition, byte[] HeadHash);
