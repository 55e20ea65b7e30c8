using System.CommandLine;
using EventLedger.Embedded.Running;
using EventLedger.EventStore.Schema;
using EventLedger.EventStore;
using EventLedger.Ledger.Legacy;
using EventLedger.Ledger.Settings;
using Npgsql;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger import-legacy</c>: brings the rows of the old table over.</summary>
internal static class ImportLegacyCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var from = new Option<string>("--from")
        {
            Description = "The old database, postgres://user:password@host:port/name.",
            Required = true,
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show what would be, and change nothing." };
        var command = new Verb(
            "import-legacy",
            "Book every row of the old credit_ledger, each once, and open an account for every one of its customers.",
            ["ledger import-legacy --from postgres://billing@db:5432/billing --dry-run"],
            "May run while intake goes on, be broken off, and run again: what is in the ledger stays as it is. Rows "
            + "that can't be imported are listed; exits 1 if both sums of the others differ.")
        {
            from, dryRun,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.GetRequiredValue(from), parsed.GetValue(dryRun), parsed.InvocationConfiguration.Output,
            parsed.InvocationConfiguration.Error, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, string from, bool isDryRun, TextWriter output, TextWriter error,
        CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        await using var oldDatabase = OpenOld(from);

        try
        {
            await using var source = await LegacySource.OpenAsync(oldDatabase, cancellation);
            await using var store = new PostgresEventStore(database);
            var line = ProgressLine.OnTerminal(error);
            using var logging = StderrLogging.Create();
            var report = await new LegacyImport(
                source, database, store, isDryRun, logging.CreateLogger<LegacyImport>()).RunAsync(
                refusal => output.WriteLineAsync($"refused {refusal}"),
                (done, rows) => line?.Report(new WorkProgress("import-legacy", done, rows)), cancellation);
            line?.Clear();

            foreach (var text in report.Describe(isDryRun))
            {
                await output.WriteLineAsync(text);
            }

            return report.Agrees ? ExitCode.Done : ExitCode.Failed;
        }
        catch (LegacyException wrong)
        {
            await error.WriteLineAsync($"ledger: {wrong.Message}");
            return ExitCode.WrongUse;
        }
    }

    private static NpgsqlDataSource OpenOld(string from)
    {
        try
        {
            return DatabaseUrl.Open(from, "ledger import-legacy");
        }
        catch (FormatException)
        {
            throw new SettingException("--from", "can't be read", DatabaseUrl.Expected);
        }
    }
}
