using System.Diagnostics;
using EventLedger.Ledger.Cli;
using EventLedger.Testing;

namespace EventLedger.Ledger.Bench;

/// <summary>
/// Charges that came through the intake, priced anew, shown and then booked, twice. Beside it, what one statement that
/// adds the same charges up takes.
/// </summary>
internal static class RerateBench
{
    private const int Step = 200_000;

    private const string Book = """
        {"version":"bench","prices":[{"model":"qwen3-*","per":"million","prompt":100000000,"completion":300000001}]}
        """;

    public static async Task<int> RunAsync(RunningLedger ledger, int charges, int customers)
    {
        for (var filled = 0; filled < charges; filled += Step)
        {
            await IntakeBench.MeasureAsync(ledger, $"fill{filled}", Step, customers);
        }

        var path = Path.Combine(TestFolder.Make("prices"), "book.json");
        await File.WriteAllTextAsync(path, Book);
        var started = Stopwatch.GetTimestamp();
        await ledger.ReadAsync("select sum((data ->> 'amount')::bigint)::bigint from mt_events");
        var summed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var shown = await RerateAsync(ledger, path);
        var booked = await RerateAsync(ledger, path, "--book");
        var again = await RerateAsync(ledger, path, "--book");
        Console.WriteLine($"{charges} charges, {customers} customers: shown in {shown.Seconds:N1} s, booked in "
            + $"{booked.Seconds:N1} s, again in {again.Seconds:N1} s; one sum over all events: {summed:N1} s, "
            + $"ratio {shown.Seconds / summed:N1} shown, {booked.Seconds / summed:N1} booked");
        return Math.Max(shown.ExitCode, Math.Max(booked.ExitCode, again.ExitCode));
    }

    private static async Task<(double Seconds, int ExitCode)> RerateAsync(
        RunningLedger ledger, string book, params string[] more)
    {
        var lines = new StringWriter();
        var summary = new StringWriter();
        var settings = new Settings.LedgerSettings(name => name == "DATABASE_URL" ? ledger.DatabaseUrl : null);
        var started = Stopwatch.GetTimestamp();
        var exitCode = await CommandLine.RunAsync(
            Verbs.Create(settings),
            [
                "rerate", "--price-book", book, "--from", "2026-11-01", "--to", "2026-12-01", "--output", "csv",
                .. more,
            ],
            lines, summary);
        Console.WriteLine(summary.ToString());
        return (Stopwatch.GetElapsedTime(started).TotalSeconds, exitCode);
    }
}
