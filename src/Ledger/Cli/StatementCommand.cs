using System.CommandLine;
using System.Globalization;
using EventLedger.Ledger.Cli.Printing;
using EventLedger.Ledger.Settings;
using EventLedger.Projections.Accounts;
using EventLedger.Projections.Statements;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger statement</c>: shows what a customer used in a time, between two balances.</summary>
internal static class StatementCommand
{
    private static readonly Column<StatementLine>[] Columns =
    [
        new("asset", line => line.Asset), new("day", line => line.Day), new("model", line => line.Model),
        new("kind", line => line.Kind), new("entries", line => line.Entries),
        new("tokens_used", line => line.TokensUsed), new("amount", line => line.Amount),
        new("balance", line => line.Balance),
    ];

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var customer = new Argument<string>("customer") { Description = "The customer's id." };
        var from = Moment.RequiredOption("--from", "Recorded from then on.");
        var to = Moment.RequiredOption("--to", "Recorded before then.");
        var output = OutputOption.Create();
        var command = new Verb(
            "statement",
            "Show a customer's totals by day and model, with the balance before and after.",
            ["ledger statement amina --from 2026-11-01 --to 2026-12-01"],
            "Its first line of an asset, opening, has the balance before the first time, its last one, closing, the "
            + "balance before the second; days are UTC. The entries themselves: ledger entries, with the same times.")
        {
            customer, from, to, output,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.GetRequiredValue(customer), parsed.GetValue(from), parsed.GetValue(to),
            parsed.GetValue(output), parsed.InvocationConfiguration, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, string customerId, DateTimeOffset from, DateTimeOffset to, OutputForm form,
        InvocationConfiguration streams, CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();

        if (await new AccountQueries(database).FindTenantAsync(customerId, cancellation) is null)
        {
            return await streams.SayUnknownAsync(customerId);
        }

        var statement = await new StatementQueries(database).ReadAsync(customerId, from, to, cancellation);
        await streams.Output.WriteRowsAsync(form, Columns, StatementLine.Of(statement));
        return ExitCode.Done;
    }
}

/// <summary>A line of a statement: a total and the balance after it, or a balance alone.</summary>
internal sealed record StatementLine(string Asset, string Kind, long Balance)
{
    /// <summary>The UTC day of the total.</summary>
    public string? Day { get; private init; }

    /// <summary>The total's model.</summary>
    public string? Model { get; private init; }

    /// <summary>How many entries the total is of.</summary>
    public long? Entries { get; private init; }

    /// <summary>Their tokens.</summary>
    public long? TokensUsed { get; private init; }

    /// <summary>What they add up to.</summary>
    public long? Amount { get; private init; }

    /// <summary>The lines of each asset, from its opening balance to its closing one.</summary>
    public static IEnumerable<StatementLine> Of(Statement statement)
    {
        foreach (var (asset, opening) in statement.Opening.OrderBy(asset => asset.Key, StringComparer.Ordinal))
        {
            var balance = opening;
            yield return new(asset, "opening", balance);

            foreach (var total in statement.Totals.Where(total => total.Asset == asset))
            {
                balance += total.Amount;
                yield return new(asset, total.Kind, balance)
                {
                    Day = total.Day.ToString("O", CultureInfo.InvariantCulture),
                    Model = total.Model,
                    Entries = total.Entries,
                    TokensUsed = total.Tokens.Used,
                    Amount = total.Amount,
                };
            }

            yield return new(asset, "closing", balance);
        }
    }
}
