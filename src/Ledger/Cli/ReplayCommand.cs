using System.CommandLine;
using System.CommandLine.Parsing;
using EventLedger.EventStore.Proofs;
using EventLedger.EventStore.Verifying;
using EventLedger.Ledger.Cli.Printing;
using EventLedger.Ledger.Settings;
using EventLedger.Projections.Replaying;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger replay</c>: derives balances from the events alone.</summary>
internal static class ReplayCommand
{
    private static readonly Column<FoldedBalance>[] BalanceColumns =
    [
        new("customer_id", balance => balance.CustomerId), new("asset", balance => balance.Asset),
        new("balance", balance => balance.Amount), new("entries", balance => balance.Entries),
        new("position", balance => balance.Position),
    ];

    private static readonly Column<ReplayStep>[] StepColumns =
    [
        new("position", step => step.Position), new("time", step => (DateTimeOffset?)step.Time),
        new("customer_id", step => step.CustomerId), new("type", step => step.Type),
        new("id", step => (Guid?)step.EventId), new("asset", step => step.Asset),
        new("amount", step => step.Amount), new("balance_after", step => step.BalanceAfter),
    ];

    private static readonly Column<BalanceDifference>[] DifferenceColumns =
    [
        new("customer_id", difference => difference.CustomerId), new("asset", difference => difference.Asset),
        new("balance", difference => difference.Live?.Amount),
        new("replayed_balance", difference => difference.Replayed?.Amount),
        new("entries", difference => difference.Live?.Entries),
        new("replayed_entries", difference => difference.Replayed?.Entries),
        new("position", difference => difference.Live?.Position),
        new("replayed_position", difference => difference.Replayed?.Position),
    ];

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var customer = new Option<string?>("--customer") { Description = "Only this customer's balances." };
        var at = Moment.Option("--at", "Up to this time.");
        var position = new Option<long?>("--position") { Description = "Up to this position." };
        var explain = new Option<bool>("--explain") { Description = "Show each step instead of the last balances." };
        var compare = new Option<bool>("--compare")
        {
            Description = "Compare with the live balances; exits 1 and names each one that differs.",
        };
        var output = OutputOption.Create();
        var command = new Verb(
            "replay",
            "Derive balances from the events alone, without the balances in use.",
            [
                "ledger replay --compare", "ledger replay --at 2026-11-01 --output csv",
                "ledger replay --customer amina --explain",
            ],
            "What is derived up to a time or a position that the ledger has passed never changes. With --compare, it "
            + "exits 1 and names each balance that differs.")
        {
            customer, at, position, explain, compare, output,
        };
        command.Validators.Add(result => Validate(result, [at, position], compare, explain));
        command.SetAction(async (parsed, cancellation) =>
        {
            var run = new Run(
                settings, parsed.GetValue(customer), parsed.GetValue(output), parsed.InvocationConfiguration);
            return await run.RunAsync(
                parsed.GetValue(at), parsed.GetValue(position), parsed.GetValue(explain), parsed.GetValue(compare),
                cancellation);
        });
        return command;
    }

    private static void Validate(CommandResult result, Option[] ends, Option<bool> compare, Option<bool> explain)
    {
        var given = ends.Where(end => result.GetResult(end) is { Implicit: false }).Select(end => end.Name).ToArray();

        if (given.Length > 1)
        {
            result.AddError("--at and --position both say where to end; give one of them");
        }

        if (result.GetValue(compare) && (given.Length > 0 || result.GetValue(explain)))
        {
            result.AddError("--compare is with the balances of now; leave --at, --position and --explain out");
        }
    }

    private sealed class Run(
        LedgerSettings settings, string? customerId, OutputForm form, InvocationConfiguration streams)
    {
        private readonly BalanceFold fold = new();

        public async Task<int> RunAsync(
            DateTimeOffset? at, long? position, bool explains, bool compares, CancellationToken cancellation)
        {
            await using var database = settings.OpenDatabase();
            await using var snapshot = await LedgerSnapshot.TakeAsync(database, cancellation);
            var replay = new BalanceReplay(database, snapshot, customerId);

            if (!await replay.IsKnownAsync(cancellation))
            {
                throw new ProofException($"customer {customerId} is not known");
            }

            var head = await replay.ReadHeadAsync(cancellation);
            var last = at is { } time ? await replay.ReadPositionAtAsync(time, cancellation) : position ?? head;

            if (last > head)
            {
                throw new ProofException($"the ledger ends at position {head}, before {last}");
            }

            if (explains)
            {
                await streams.Output.WriteRowsAsync(
                    form, StepColumns, replay.StepsAsync(fold, last, progress: null, cancellation));
                return ExitCode.Done;
            }

            await FoldAsync(replay, last, cancellation);

            return compares
                ? Say(await ShowDifferencesAsync(replay, cancellation), head)
                : await ShowBalancesAsync();
        }

        private async Task FoldAsync(BalanceReplay replay, long last, CancellationToken cancellation)
        {
            var line = ProgressLine.OnTerminal(streams.Error);

            await foreach (var step in replay.StepsAsync(fold, last, line, cancellation))
            {
                // The fold has taken it.
            }

            line?.Clear();
        }

        private async Task<int> ShowBalancesAsync()
        {
            var rows = fold.Balances
                .OrderBy(balance => balance.Key.CustomerId, StringComparer.Ordinal)
                .ThenBy(balance => balance.Key.Asset, StringComparer.Ordinal)
                .Select(balance => new FoldedBalance(
                    balance.Key.CustomerId, balance.Key.Asset, balance.Value.Amount, balance.Value.Entries,
                    balance.Value.Position));
            await streams.Output.WriteRowsAsync(form, BalanceColumns, rows);
            return ExitCode.Done;
        }

        private async Task<int> ShowDifferencesAsync(BalanceReplay replay, CancellationToken cancellation)
        {
            var differences = await replay.CompareAsync(fold, cancellation);

            if (differences.Count > 0 || form is not OutputForm.Table)
            {
                await streams.Output.WriteRowsAsync(form, DifferenceColumns, differences);
            }

            return differences.Count;
        }

        private int Say(int differences, long head)
        {
            streams.Error.WriteLine(differences == 0
                ? $"{fold.Balances.Count} balances are what the events up to position {head} give"
                : $"WRONG: {differences} balances aren't what the events up to position {head} give");
            return differences == 0 ? ExitCode.Done : ExitCode.Failed;
        }
    }

    private readonly record struct FoldedBalance(
        string CustomerId, string Asset, long Amount, long Entries, long Position);
}
