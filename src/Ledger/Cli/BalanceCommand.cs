using System.CommandLine;
using EventLedger.EventStore.Reading;
using EventLedger.Ledger.Cli.Printing;
using EventLedger.Ledger.Settings;
using EventLedger.Projections.Accounts;
using EventLedger.Projections.Balances;
using Npgsql;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger balance</c>: shows a customer's balances, as they are or as they were.</summary>
internal static class BalanceCommand
{
    private static readonly Column<Balance>[] Columns =
    [
        new("asset", balance => balance.Asset), new("balance", balance => balance.Amount),
        new("entries", balance => balance.Entries), new("position", balance => balance.Position),
    ];

    private static readonly Column<(AssetBalance Asset, long AsOf)>[] PastColumns =
    [
        new("asset", balance => balance.Asset.Asset), new("balance", balance => balance.Asset.Amount),
        new("entries", balance => balance.Asset.Entries), new("as_of_position", balance => balance.AsOf),
    ];

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var customer = new Argument<string>("customer") { Description = "The customer's id." };
        var at = Moment.Option("--at", "As it was at that time.");
        var position = new Option<long?>("--position") { Description = "As it was at that position." };
        var output = OutputOption.Create();
        var command = new Verb(
            "balance",
            "Show a customer's balance in each asset, as it is or as it was.",
            ["ledger balance amina", "ledger balance amina --at 2026-11-01T00:00:00Z --output json"],
            "What was the answer for a time or a position that the ledger has passed is the answer for ever.")
        {
            customer, at, position, output,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(at) is not null && result.GetResult(position) is not null)
            {
                result.AddError("--position is taken in place of --at, not beside it");
            }
        });
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, new(parsed.GetRequiredValue(customer), parsed.GetValue(at), parsed.GetValue(position)),
            parsed.GetValue(output), parsed.InvocationConfiguration, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, Asked asked, OutputForm form, InvocationConfiguration streams,
        CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();

        if (asked.At is not null || asked.Position is not null)
        {
            return await ShowPastAsync(database, asked, form, streams, cancellation);
        }

        if (await new BalanceQueries(database).FindAsync(asked.CustomerId, cancellation) is not { } balances)
        {
            return await streams.SayUnknownAsync(asked.CustomerId);
        }

        await streams.Output.WriteRowsAsync(form, Columns, balances);
        return ExitCode.Done;
    }

    private static async Task<int> ShowPastAsync(
        NpgsqlDataSource database, Asked asked, OutputForm form, InvocationConfiguration streams,
        CancellationToken cancellation)
    {
        if (await new AccountQueries(database).FindTenantAsync(asked.CustomerId, cancellation) is null)
        {
            return await streams.SayUnknownAsync(asked.CustomerId);
        }

        // What the ledger has not reached yet would have another answer later.
        if (asked.Position is { } position
            && await new EventReader(database).ReadHeadAsync(cancellation) is var head && position > head)
        {
            await streams.Error.WriteLineAsync($"ledger: position {position} is beyond the ledger, which is at {head}");
            return ExitCode.Failed;
        }

        var queries = new PastBalanceQueries(database);
        var asOf = asked.Position ?? await queries.ReadPositionAtAsync(asked.At!.Value, cancellation);
        var past = await queries.ReadAsync(asked.CustomerId, asOf, cancellation);
        await streams.Output.WriteRowsAsync(form, PastColumns, past.Assets.Select(asset => (asset, asOf)));
        return ExitCode.Done;
    }

    private sealed record Asked(string CustomerId, DateTimeOffset? At, long? Position);
}
