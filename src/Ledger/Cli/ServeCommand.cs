using System.CommandLine;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger serve</c>: runs the service until it is told to stop.</summary>
internal static class ServeCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var command = new Command("serve", "Run the service: intake from NATS_URL, HTTP API on LEDGER_PORT.");
        command.SetAction(async (_, cancellation) =>
        {
            await using var application = LedgerApplication.Build(settings);
            await application.RunAsync(cancellation);
            return Environment.ExitCode;
        });
        return command;
    }
}
