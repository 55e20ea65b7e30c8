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
            "Its user owns the tables, or shall. It makes the roles eventledger_writer and eventledger_reader, and "
            + "gives each its rights. The service does all of it too when it starts as the owner. "
            + "Every step is applied once; a later version's database is refused.");
        command.SetAction((parsed, cancellation) =>
            RunAsync(settings, parsed.InvocationConfiguration.Output, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(LedgerSettings settings, TextWriter output, CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        var (applied, byHand) = await LedgerSchema.MigrateAsync(database, cancellation);

        foreach (var migration in applied)
        {
            await output.WriteLineAsync($"applied {migration.Number:0000} {migration.Name}");
        }

        await output.WriteLineAsync(applied.Count == 0 ? "nothing to apply" : $"{applied.Count} migrations applied");

        if (byHand.Count > 0)
        {
            await output.WriteLineAsync(
                "Roles are missing, or lack rights, and the user of DATABASE_URL may not mend that. "
                + "Have an administrator run this, and then run 'ledger migrate' again:");
            await output.WriteLineAsync(string.Join('\n', byHand.Select(statement => $"  {statement};")));
        }

        return ExitCode.Done;
    }
}
