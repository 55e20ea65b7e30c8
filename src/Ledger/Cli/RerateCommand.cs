using System.CommandLine;
using EventLedger.Contracts.Pricing;
using EventLedger.EventStore;
using EventLedger.Ledger.Rerating;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger rerate</c>: what usage would have cost by another price book.</summary>
internal static class RerateCommand
{
    private const string Table = "table";
    private const string Csv = "csv";

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var priceBook = new Option<string>("--price-book") { Description = "A file of prices.", Required = true };
        var from = new Option<DateTimeOffset>("--from")
        {
            Description = "From when responses ended, 2026-11-01.",
            Required = true,
            CustomParser = Moment.Parse,
        };
        var to = new Option<DateTimeOffset>("--to")
        {
            Description = "Before when they ended, 2026-12-01.",
            Required = true,
            CustomParser = Moment.Parse,
        };
        var customer = new Option<string?>("--customer") { Description = "Only this customer's usage." };
        var model = new Option<string?>("--model") { Description = "Only these models, 'qwen3-*'." };
        var output = new Option<string>("--output")
        {
            Description = "How to show it.",
            DefaultValueFactory = _ => Table,
        };
        output.AcceptOnlyFromAmong(Table, Csv);
        var book = new Option<bool>("--book")
        {
            Description = "Book the differences as correcting entries, each charge once by one version of a book.",
        };
        var command = new Verb(
            "rerate",
            "Show what recorded usage costs by another price book, by customer and model.",
            ["ledger rerate --price-book 2026-12.json --from 2026-11-01 --to 2026-12-01 --output csv"],
            "Beside it is what the usage was charged with the corrections so far. Usage that was undone is left out; "
            + "usage that the book has no price for is counted and left as it is. Exits 1 if a difference can't be "
            + "booked.")
        {
            priceBook, from, to, customer, model, output, book,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var streams = parsed.InvocationConfiguration;
            var report = parsed.GetRequiredValue(output) == Csv
                ? RerateText.Csv(streams.Output, streams.Error)
                : RerateText.Table(streams.Output);
            var scope = new RerateScope(
                ReadBook(parsed.GetRequiredValue(priceBook)), parsed.GetRequiredValue(from),
                parsed.GetRequiredValue(to), parsed.GetValue(customer), parsed.GetValue(model));
            return await RunAsync(settings, scope, parsed.GetValue(book), report, streams.Error, cancellation);
        });
        return command;
    }

    private static PriceBook ReadBook(string path)
    {
        try
        {
            return PriceBookReader.Read(File.ReadAllBytes(path));
        }
        catch (Exception refused) when (refused is PriceBookException or IOException or UnauthorizedAccessException)
        {
            throw new SettingException("--price-book", $"is {path}: {refused.Message}", "a file of prices");
        }
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, RerateScope scope, bool books, RerateText report, TextWriter error,
        CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        await using var source = await RerateSource.OpenAsync(database, cancellation);

        if (source is null)
        {
            await error.WriteLineAsync("ledger: usage is being rerated; wait for its end, or end it");
            return ExitCode.Failed;
        }

        await using var store = new PostgresEventStore(database);
        await report.BeginAsync();

        await foreach (var batch in new RerateRun(source, database, store, books).RunAsync(scope, cancellation))
        {
            await report.AddAsync(batch);
        }

        return await report.EndAsync(books) ? ExitCode.Done : ExitCode.Failed;
    }
}
