using System.CommandLine;
using EventLedger.Ledger.Settings;
using EventLedger.Projections.Rebuilding;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger rebuild</c>: makes views anew from the events, and shows or mends what differs.</summary>
internal static class RebuildCommand
{
    private const string AllViews = "all";
    private const int DifferencesShown = 10;

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var view = new Argument<string>("view") { Description = "What to make anew." };
        view.AcceptOnlyFromAmong([.. RebuiltView.All.Select(known => known.Name), AllViews]);
        var by = new Option<Way>("--by")
        {
            Description = "Sum in PostgreSQL (sql), or read the events and sum here (fold).",
            DefaultValueFactory = _ => Way.Sql,
        };
        var check = new Option<bool>("--check") { Description = "Do it both ways, and compare these as well." };
        var swap = new Option<bool>("--swap") { Description = "Put right what differs. Without it, nothing changes." };
        var restart = new Option<bool>("--restart")
        {
            Description = "Begin anew where a rebuild that was broken off would be continued.",
        };
        var connections = new Option<int>("--connections")
        {
            Description = $"How many connections to sum on, 1 to {RebuildOptions.ConnectionsMax}.",
            DefaultValueFactory = _ => new RebuildOptions().Connections,
        };
        connections.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0
                && !(int.TryParse(result.Tokens[0].Value, out var number)
                    && number is >= 1 and <= RebuildOptions.ConnectionsMax))
            {
                result.AddError($"--connections takes a whole number from 1 to {RebuildOptions.ConnectionsMax}");
            }
        });

        var command = new Verb(
            "rebuild",
            "Make balances, statements or all anew from the events, and show what differs.",
            ["ledger rebuild all", "ledger rebuild balances --check --swap"],
            "It is done beside those in use, while events come in. Exits 1 if something differs and was not put "
            + "right. A rebuild that was broken off goes on where it was.")
        {
            view, by, check, swap, restart, connections,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var asked = new Asked(
                parsed.GetRequiredValue(by), parsed.GetValue(check), parsed.GetValue(swap), parsed.GetValue(restart));
            var run = new Run(asked, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            return await run.RunAsync(
                settings, parsed.GetRequiredValue(view), parsed.GetRequiredValue(connections), cancellation);
        });
        return command;
    }

    private sealed record Asked(Way By, bool Check, bool Swap, bool Restart)
    {
        public Way[] Ways => Check ? [By, .. Enum.GetValues<Way>().Where(way => way != By)] : [By];
    }

    private sealed class Run(Asked asked, TextWriter output, TextWriter error)
    {
        public async Task<int> RunAsync(
            LedgerSettings settings, string name, int connections, CancellationToken cancellation)
        {
            await using var database = settings.OpenDatabase();

            try
            {
                var options = new RebuildOptions { Connections = connections };
                await using var rebuilder = await Rebuilder.OpenAsync(database, options, cancellation);
                var exitCode = ExitCode.Done;

                foreach (var view in RebuiltView.All.Where(view => name == AllViews || name == view.Name))
                {
                    exitCode = Math.Max(exitCode, await RebuildAsync(rebuilder, view, cancellation));
                }

                return exitCode;
            }
            catch (RebuildException broken)
            {
                await error.WriteLineAsync($"ledger: {broken.Message}");
                return ExitCode.Failed;
            }
        }

        private async Task<int> RebuildAsync(Rebuilder rebuilder, RebuiltView view, CancellationToken cancellation)
        {
            if (asked.Restart)
            {
                await rebuilder.ForgetAsync(view, cancellation);
            }

            var line = ProgressLine.OnTerminal(error);
            var report = await rebuilder.RebuildAsync(view, asked.Ways, DifferencesShown, line, cancellation);
            line?.Clear();
            await ShowAsync(view, report);

            if (report.Differences == 0 || !asked.Swap || !report.MayBeSwapped)
            {
                return report.IsClean ? ExitCode.Done : ExitCode.Failed;
            }

            await rebuilder.SwapAsync(view, cancellation);
            await output.WriteLineAsync($"{view.Name}: put right");
            return ExitCode.Done;
        }

        private async Task ShowAsync(RebuiltView view, RebuildReport report)
        {
            if (report.Resumed > 0)
            {
                await output.WriteLineAsync(
                    $"{view.Name}: a rebuild that was broken off had summed {report.Resumed} positions already");
            }

            await output.WriteLineAsync(report.Differences == 0
                ? $"{view.Name}: as the events up to position {report.Position} give them"
                : $"{view.Name}: {report.Differences} differ from what the events up to position {report.Position} "
                    + "give");

            foreach (var difference in report.First)
            {
                await output.WriteLineAsync(
                    $"  {difference.Name}: the table has {difference.Has ?? "nothing"}, "
                    + $"the events give {difference.Gives ?? "nothing"}");
            }

            if (report.Differences > report.First.Count)
            {
                await output.WriteLineAsync(
                    $"  and {report.Differences - report.First.Count} more: select * from {view.Name}_differences");
            }

            if (report.Disagreements > 0)
            {
                await output.WriteLineAsync(
                    $"{view.Name}: the two ways disagree on {report.Disagreements}; nothing is put right by either");
            }
        }
    }
}
