using System.CommandLine;
using EventLedger.Ledger.Booking;
using EventLedger.Ledger.Nodes;
using EventLedger.Ledger.Settings;
using EventLedger.NodeBilling.Forges;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger pull-usage --once</c>: books what nodes have pushed to the repository.</summary>
internal static class PullUsageCommand
{
    /// <summary>Alarms of a node that are printed; the table <c>node_alarms</c> has all.</summary>
    public const int AlarmsShownMax = 20;

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var once = new Option<bool>("--once")
        {
            Description = "Pull once, and end. Regularly, the service does it itself: PULL_INTERVAL.",
            Required = true,
        };
        var command = new Verb(
            "pull-usage",
            "Book what nodes have pushed to the repository of FORGE_URL.",
            ["ledger pull-usage --once"],
            "Exits 1 where a file or record was refused, or one that was booked has changed or vanished.")
        {
            once,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var options = settings.Forge ?? throw new SettingException(
            "FORGE_URL", "is not set", "https://host, or file:///path/repo.git");
        var time = TimeProvider.System;
        await using var database = settings.OpenDatabase();
        await using var booking = await BookingWithoutService.StartAsync(database, settings.Lanes, cancellation);
        var pull = new UsagePull(
            database, options.Open(time), new ForgeRetry(time), new RecordBooking(booking.Lanes),
            new NodeRecords(settings.NodeAsset, settings.NodeTenant), NullLogger<UsagePull>.Instance);

        try
        {
            return await SayAsync(await pull.PullAsync(cancellation), output, error);
        }
        catch (ForgeException failure)
        {
            await error.WriteLineAsync($"ledger: the pull failed: {failure.Message}");
            return failure.MayPass ? ExitCode.Unreachable : ExitCode.Failed;
        }
    }

    private static async Task<int> SayAsync(IReadOnlyList<NodeReport>? reports, TextWriter output, TextWriter error)
    {
        if (reports is null)
        {
            await error.WriteLineAsync("ledger: another pull is at it; run it again later");
            return ExitCode.Failed;
        }

        foreach (var report in reports)
        {
            await output.WriteLineAsync(OneLine.Of(report.ToString()));

            foreach (var alarm in report.Alarms.Take(AlarmsShownMax))
            {
                await output.WriteLineAsync($"  {OneLine.Of(alarm.ToString())}");
            }
        }

        await output.WriteLineAsync(
            $"new {reports.Sum(report => report.Booked)}, already known {reports.Sum(report => report.Known)}, "
            + $"alarms {reports.Sum(report => report.Alarms.Count)}");
        return reports.All(report => report.Alarms.Count == 0) ? ExitCode.Done : ExitCode.Failed;
    }
}
