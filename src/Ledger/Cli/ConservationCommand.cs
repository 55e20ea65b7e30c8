using System.CommandLine;
using EventLedger.Ledger.Cli.Printing;
using EventLedger.Ledger.Intake;
using EventLedger.Ledger.Settings;
using EventLedger.Ledger.Sources;
using EventLedger.Ledger.Status;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger conservation</c>: shows what became of all that producers observed, by hour.</summary>
internal static class ConservationCommand
{
    private static readonly Column<HourAccount>[] Columns =
    [
        new("source", hour => hour.Source), new("hour", hour => hour.Hour),
        new("observed", hour => hour.Reported?.Observed), new("published", hour => hour.Reported?.Published),
        new("spooled", hour => hour.Reported?.Spooled), new("refused", hour => hour.Reported?.Refused),
        new("lost", hour => hour.Reported?.Lost), new("proxy_difference", hour => hour.ProxyDifference),
        new("booked", hour => hour.Booked), new("duplicates", hour => hour.Duplicates),
        new("waiting", hour => hour.Waiting), new("dead_letters", hour => hour.DeadLetters),
        new("ledger_difference", hour => hour.LedgerDifference),
        new("state", hour => hour.StateWord),
    ];

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var from = Moment.Option("--from", "Hours from then on; the last 24 without it.");
        var to = Moment.Option("--to", "Hours before then.");
        var source = new Option<string?>("--source") { Description = "Only this producer." };
        var output = OutputOption.Create();
        var command = new Verb(
            "conservation",
            "Show what became of all that producers observed, by source and hour, and whether it adds up.",
            ["ledger conservation", "ledger conservation --source gateway --from 2026-11-21 --to 2026-11-22"],
            "observed = published + spooled + refused + lost, and published = booked + duplicates + waiting + "
            + "dead_letters. Exits 1 when an hour differs. Without NATS_URL, the stream is taken to be empty.")
        {
            from, to, source, output,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings,
            new(
                parsed.GetValue(from) ?? TimeProvider.System.GetUtcNow() - Conservation.Shown, parsed.GetValue(to),
                parsed.GetValue(source)),
            parsed.GetValue(output), parsed.InvocationConfiguration.Output, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, HourFilter filter, OutputForm form, TextWriter output, CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        var url = settings.NatsUrlIfSet;
        var stream = url is null ? null
            : await BrokerVisit.AskAsync(url, TimeProvider.System, StreamLook.TakeAsync, cancellation);
        var isUnreachable = url is not null && stream is null;
        var hours = Conservation.ReadAsync(
            database, filter, isUnreachable ? Conservation.AllUnsettled : stream?.UnsettledSince, cancellation);
        var differs = false;
        await output.WriteRowsAsync(form, Columns, hours.Select(hour =>
        {
            differs |= hour.State is HourState.Differs;
            return hour;
        }));

        return isUnreachable ? ExitCode.Unreachable : differs ? ExitCode.Failed : ExitCode.Done;
    }
}
