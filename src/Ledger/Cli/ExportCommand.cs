using System.CommandLine;
using EventLedger.EventStore.Exporting;
using EventLedger.EventStore.Proofs;
using EventLedger.EventStore.Verifying;
using EventLedger.Ledger.Settings;
using Npgsql;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger export</c>: writes the whole ledger to a file.</summary>
internal static class ExportCommand
{
    /// <summary>What stands for standard output, or input.</summary>
    public const string Standard = "-";

    private const string LeftOutSql = """
        select (select count(*) from dead_letters), (select count(*) from waiting)
        """;

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var file = new Argument<string>("file")
        {
            Description = "The file to write; - for standard output, as without it.",
            DefaultValueFactory = _ => Standard,
        };
        var command = new Verb(
            "export",
            "Write every block and event as lines of JSON, which 'ledger import' brings into an empty database.",
            ["ledger export ledger.ndjson", "ledger export > ledger.ndjson"],
            "May run while intake goes on; what is written is checked on the way. Dead letters and waiting envelopes "
            + "aren't events, and stay; how many is said.")
        {
            file,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.GetRequiredValue(file), parsed.InvocationConfiguration.Error, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, string file, TextWriter error, CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        await using var snapshot = await LedgerSnapshot.TakeAsync(database, cancellation);
        var line = ProgressLine.OnTerminal(error);
        var report = await WriteAsync(file, new LedgerExport(snapshot), line, cancellation);
        line?.Clear();
        var (deadLetters, waiting) = await CountLeftOutAsync(snapshot.Connection, cancellation);
        await error.WriteLineAsync(
            $"exported {report.Events} events in {report.Blocks} blocks up to position {report.HeadPosition}, "
            + $"hash {Convert.ToHexStringLower(report.HeadHash)}");

        if (deadLetters + waiting > 0)
        {
            await error.WriteLineAsync($"not exported: {deadLetters} dead letters, {waiting} waiting envelopes");
        }

        return ExitCode.Done;
    }

    private static async Task<ExportReport> WriteAsync(
        string file, LedgerExport export, ProgressLine? line, CancellationToken cancellation)
    {
        try
        {
            return file == Standard
                ? await export.WriteAsync(Console.OpenStandardOutput(), line, cancellation)
                : await WriteFileAsync(file, export, line, cancellation);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new ProofException($"{file} can't be written: {unwritable.Message}", unwritable);
        }
    }

    private static async Task<ExportReport> WriteFileAsync(
        string file, LedgerExport export, ProgressLine? line, CancellationToken cancellation)
    {
        // Under the name that was asked for, there is never a part of an export.
        var unfinished = $"{file}.part";

        // Outside of what deletes it: where another export holds the file, it is that one's.
        var output = File.Create(unfinished);

        try
        {
            ExportReport report;
            await using (output)
            {
                report = await export.WriteAsync(output, line, cancellation);
                output.Flush(flushToDisk: true);
            }

            File.Move(unfinished, file, overwrite: true);
            return report;
        }
        finally
        {
            if (File.Exists(unfinished))
            {
                File.Delete(unfinished);
            }
        }
    }

    private static async Task<(long DeadLetters, long Waiting)> CountLeftOutAsync(
        NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(LeftOutSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }
}
