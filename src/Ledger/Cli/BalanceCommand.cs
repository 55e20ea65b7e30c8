using System.CommandLine;
using EventLedger.Ledger.Cli.Printing;
using EventLedger.Ledger.Settings;
using EventLedger.Projections.Balances;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger balance</c>: shows a customer's balances.</summary>
internal static class BalanceCommand
{
    private static readonly Column<Balance>[] Columns =
    [
        new("asset", balance => balance.Asset), new("balance", balance => balance.Amount),
        new("entries", balance => balance.Entries), new("position", balance => balance.Position),
    ];

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var customer = new Argument<string>("customer") { Description = "The customer's id." };
        var output = OutputOption.Create();
        var command = new Verb(
            "balance",
            "Show a customer's balance in each asset.",
            ["ledger balance amina", "ledger balance amina --output json"])
        {
            customer, output,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.GetRequiredValue(customer), parsed.GetValue(output), parsed.InvocationConfiguration,
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, string customerId, OutputForm form, InvocationConfiguration streams,
        CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();

        if (await new BalanceQueries(database).FindAsync(customerId, cancellation) is not { } balances)
        {
            await streams.Error.WriteLineAsync($"ledger: customer {customerId} is not known");
            return ExitCode.Failed;
        }

        await streams.Output.WriteRowsAsync(form, Columns, balances);
        return ExitCode.Done;
    }
}
