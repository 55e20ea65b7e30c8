using System.CommandLine;
using EventLedger.EventStore.Verifying;
using EventLedger.Ledger.Settings;
using EventLedger.Projections.Balances;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger verify</c>: checks that the ledger is what was booked, from one snapshot.</summary>
internal static class VerifyCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var command = new Command(
            "verify",
            "Check every block, the chain, every event, and that balances are what the events add up to. "
            + "Exits 1 and names the first position, or customer, that is wrong.");
        command.SetAction((parsed, cancellation) =>
            RunAsync(settings, parsed.InvocationConfiguration.Output, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, TextWriter output, CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        await using var snapshot = await LedgerSnapshot.TakeAsync(database, cancellation);
        var report = await new ChainVerifier(snapshot, new() { Readers = Environment.ProcessorCount })
            .VerifyAsync(progress: null, cancellation);
        var finding = report.Finding ?? await new BalanceVerifier(snapshot.Connection).VerifyAsync(cancellation);

        await output.WriteLineAsync($"checked {report.Events} events in {report.Blocks} blocks"
            + (report.VoidPositions > 0 ? $", and {report.VoidPositions} void positions" : ""));

        if (finding is null)
        {
            await output.WriteLineAsync(
                $"the ledger is whole up to position {report.HeadPosition}: chain, events and balances agree");
            return ExitCode.Done;
        }

        await output.WriteLineAsync(finding.Position is { } position
            ? $"WRONG: position {position} {finding.Message}"
            : $"WRONG: {finding.Message}");
        return ExitCode.Failed;
    }
}
