using System.CommandLine;
using EventLedger.Accounts;
using EventLedger.EventStore.Exporting;
using EventLedger.EventStore.Proofs;
using EventLedger.Ledger.Settings;
using EventLedger.Projections;
using EventLedger.Projections.Rolling;
using EventLedger.Projections.Sources;
using EventLedger.Projections.Statements;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger import</c>: brings an export into an empty database.</summary>
internal static class ImportCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var file = new Argument<string>("file") { Description = "An export; - for standard input." };
        var command = new Verb(
            "import",
            "Bring an export into the empty database of DATABASE_URL, all of it or nothing.",
            ["ledger import ledger.ndjson", "ledger import -"],
            "Every event, block and link is checked; the first line that is wrong is named with its position. "
            + "Balances, accounts and statements are made from the events.")
        {
            file,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.GetRequiredValue(file), parsed.InvocationConfiguration.Output,
            parsed.InvocationConfiguration.Error, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, string file, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        await using var input = Open(file);
        await using var database = settings.OpenDatabase();
        await LedgerSchema.MigrateAsync(database, cancellation);
        var line = ProgressLine.OnTerminal(error);
        var import = new LedgerImport(database, AccountCodec.DotnetTypeOf, InlineViews.MakeAsync);
        var report = await ReadAsync(import, file, input, line, cancellation);
        line?.Clear();

        foreach (var rollup in (Rollup[])[new StatementRollup(database), new SourceRollup(database)])
        {
            while (await rollup.RollAsync(cancellation))
            {
                // There is more.
            }
        }

        await output.WriteLineAsync(
            $"imported {report.Events} events in {report.Blocks} blocks up to position {report.HeadPosition}, "
            + $"hash {Convert.ToHexStringLower(report.HeadHash)}");
        return ExitCode.Done;
    }

    private static async Task<ExportReport> ReadAsync(
        LedgerImport import, string file, Stream input, ProgressLine? line, CancellationToken cancellation)
    {
        try
        {
            return await import.ReadAsync(input, line, cancellation);
        }
        catch (IOException unreadable)
        {
            throw Unreadable(file, unreadable);
        }
    }

    private static Stream Open(string file)
    {
        try
        {
            return file == ExportCommand.Standard ? Console.OpenStandardInput() : File.OpenRead(file);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(file, unreadable);
        }
    }

    private static ProofException Unreadable(string file, Exception unreadable) =>
        new($"{file} can't be read: {unreadable.Message}", unreadable);
}
