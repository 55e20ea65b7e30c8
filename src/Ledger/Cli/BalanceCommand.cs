using System.CommandLine;
using EventLedger.Ledger.Settings;
using EventLedger.Projections.Balances;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger balance</c>: shows a customer's balances.</summary>
internal static class BalanceCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var customer = new Argument<string>("customer") { Description = "The customer's id." };
        var command = new Command("balance", "Show a customer's balance in each asset.") { customer };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.GetRequiredValue(customer), parsed.InvocationConfiguration.Output,
            parsed.InvocationConfiguration.Error, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, string customerId, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();

        if (await new BalanceQueries(database).FindAsync(customerId, cancellation) is not { } balances)
        {
            await error.WriteLineAsync($"ledger: customer {customerId} is not known");
            return ExitCode.Failed;
        }

        await output.WriteLineAsync($"{"asset",-10} {"balance",22} {"entries",12} {"position",14}");

        foreach (var balance in balances)
        {
            await output.WriteLineAsync(
                $"{balance.Asset,-10} {balance.Amount,22} {balance.Entries,12} {balance.Position,14}");
        }

        return ExitCode.Done;
    }
}
