using System.CommandLine;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger migrate</c>: brings the database to this version's schema.</summary>
internal static class MigrateCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var command = new Verb(
            "migrate", "Bring the database of DATABASE_URL to this version's schema.", ["ledger migrate"],
            "The service does it too when it starts. Every step is applied once; a later version's database is "
            + "refused.");
        command.SetAction((parsed, cancellation) =>
            RunAsync(settings, parsed.InvocationConfiguration.Output, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(LedgerSettings settings, TextWriter output, CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        var applied = await LedgerSchema.MigrateAsync(database, cancellation);

        foreach (var migration in applied)
        {
            await output.WriteLineAsync($"applied {migration.Number:0000} {migration.Name}");
        }

        await output.WriteLineAsync(applied.Count == 0 ? "nothing to apply" : $"{applied.Count} migrations applied");
        return ExitCode.Done;
    }
}
