using System.CommandLine;
using System.CommandLine.Parsing;
using EventLedger.EventStore.Verifying;
using EventLedger.Ledger.Settings;
using EventLedger.Ledger.Verifying;
using EventLedger.Projections.Balances;
using Npgsql;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger verify</c>: checks that the ledger is what was booked, from one snapshot.</summary>
internal static class VerifyCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var from = new Option<long>("--from")
        {
            Description = "Begin with the block of this position; balances need the whole ledger and are left out.",
            DefaultValueFactory = _ => 1,
        };
        var customer = new Option<string?>("--customer")
        {
            Description = "Check only this customer's events, their blocks, and the customer's balances.",
        };
        var parallel = new Option<int>("--parallel")
        {
            Description = $"How many connections read at the same time, up to {VerifyOptions.ReadersMax}.",
            DefaultValueFactory = _ => Math.Min(Environment.ProcessorCount, VerifyOptions.ReadersMax),
            CustomParser = ParseReaders,
        };
        var anchors = new Option<string?>("--anchor") { Description = "A file of anchors that the chain must pass." };
        var publicKey = new Option<string?>("--public-key")
        {
            Description = "A PEM file with the public key that the anchors must be signed with.",
        };
        var command = new Verb(
            "verify",
            "Check every block, the chain, every event, and that balances are what the events add up to.",
            [
                "ledger verify", "ledger verify --customer amina",
                "ledger verify --anchor anchors.txt --public-key anchor-public.pem",
            ],
            "Exits 1 and names the first position, or customer, that is wrong.")
        {
            from, customer, parallel, anchors, publicKey,
        };
        command.Validators.Add(result =>
        {
            foreach (var option in (Option[])[from, anchors, publicKey])
            {
                if (IsGiven(result, customer) && IsGiven(result, option))
                {
                    result.AddError($"{option.Name} is for the whole ledger; --customer checks one customer's events");
                }
            }

            if (IsGiven(result, publicKey) && !IsGiven(result, anchors))
            {
                result.AddError("--public-key says who signed the anchors of --anchor, which is not given");
            }
        });
        command.SetAction((parsed, cancellation) =>
        {
            var options = new VerifyOptions
            {
                From = parsed.GetValue(from),
                Readers = parsed.GetValue(parallel),
                Anchors = ProofFiles.ReadAnchors(parsed.GetValue(anchors), parsed.GetValue(publicKey)),
            };
            return RunAsync(
                settings, options, parsed.GetValue(customer), parsed.InvocationConfiguration.Output,
                parsed.InvocationConfiguration.Error, cancellation);
        });
        return command;
    }

    private static bool IsGiven(CommandResult command, Option option) =>
        command.GetResult(option) is { Implicit: false };

    private static int ParseReaders(ArgumentResult argument)
    {
        if (int.TryParse(argument.Tokens[0].Value, out var count) && count is >= 1 and <= VerifyOptions.ReadersMax)
        {
            return count;
        }

        argument.AddError($"--parallel is a whole number from 1 to {VerifyOptions.ReadersMax}");
        return 1;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, VerifyOptions options, string? customerId, TextWriter output, TextWriter error,
        CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        return customerId is null
            ? await VerifyAllAsync(database, options, output, error, cancellation)
            : await VerifyCustomerAsync(database, options, customerId, output, error, cancellation);
    }

    private static async Task<int> VerifyAllAsync(
        NpgsqlDataSource database, VerifyOptions options, TextWriter output, TextWriter error,
        CancellationToken cancellation)
    {
        var progress = ProgressLine.OnTerminal(error);
        var result = await WholeCheck.RunAsync(database, options, progress, cancellation);
        progress?.Clear();

        if (options.IsWhole)
        {
            await KeepAsync(database, result, error, cancellation);
        }

        var head = result.Chain.HeadPosition;
        return await SayAsync(
            result,
            options.IsWhole
                ? $"the ledger is whole up to position {head}: chain, events and balances agree"
                : $"the ledger is whole from position {options.From} up to {head}: chain and events agree; "
                    + "balances were not checked",
            output);
    }

    // Who may only read, or reads a copy, checks all the same.
    private static async Task KeepAsync(
        NpgsqlDataSource database, CheckResult result, TextWriter error, CancellationToken cancellation)
    {
        try
        {
            await VerificationTable.KeepAsync(database, result, cancellation);
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InsufficientPrivilege
            or PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.UndefinedTable)
        {
            await error.WriteLineAsync($"ledger: the result is not kept in the database: {refused.MessageText}");
        }
    }

    private static async Task<int> VerifyCustomerAsync(
        NpgsqlDataSource database, VerifyOptions options, string customerId, TextWriter output, TextWriter error,
        CancellationToken cancellation)
    {
        await using var snapshot = await LedgerSnapshot.TakeAsync(database, cancellation);

        if (await new StreamVerifier(snapshot, customerId, options.Readers).VerifyAsync(cancellation) is not { } report)
        {
            await error.WriteLineAsync($"ledger: customer {customerId} is not known");
            return ExitCode.Failed;
        }

        var finding = report.Finding
            ?? await new BalanceVerifier(snapshot.Connection, customerId).VerifyAsync(cancellation);
        return await SayAsync(
            new(report, finding), $"customer {customerId} is whole: events, their blocks and balances agree", output);
    }

    private static async Task<int> SayAsync(CheckResult result, string whole, TextWriter output)
    {
        var chain = result.Chain;
        await output.WriteLineAsync($"checked {chain.Events} events in {chain.Blocks} blocks"
            + (chain.VoidPositions > 0 ? $", and {chain.VoidPositions} void positions" : ""));
        await output.WriteLineAsync(result.Wrong is { } wrong ? $"WRONG: {wrong}" : whole);
        return result.Finding is null ? ExitCode.Done : ExitCode.Failed;
    }
}
