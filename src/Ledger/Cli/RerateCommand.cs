using System.CommandLine;
using EventLedger.Contracts.Pricing;
using EventLedger.Embedded.Running;
using EventLedger.EventStore;
using EventLedger.Ledger.Cli.Printing;
using EventLedger.Ledger.Rerating;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger rerate</c>: what usage would have cost by another price book.</summary>
internal static class RerateCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var priceBook = new Option<string>("--price-book") { Description = "A file of prices.", Required = true };
        var from = Moment.RequiredOption("--from", "From when responses ended.");
        var to = Moment.RequiredOption("--to", "Before when they ended.");
        var customer = new Option<string?>("--customer") { Description = "Only this customer's usage." };
        var model = new Option<string?>("--model") { Description = "Only these models, 'qwen3-*'." };
        var output = OutputOption.Create();
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
        command.SetAction((parsed, cancellation) =>
        {
            var scope = new RerateScope(
                ReadBook(parsed.GetRequiredValue(priceBook)), parsed.GetRequiredValue(from),
                parsed.GetRequiredValue(to), parsed.GetValue(customer), parsed.GetValue(model));
            return RunAsync(
                settings, scope, parsed.GetValue(book), parsed.GetValue(output), parsed.InvocationConfiguration,
                cancellation);
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
        LedgerSettings settings, RerateScope scope, bool books, OutputForm form, InvocationConfiguration streams,
        CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        await using var source = await RerateSource.OpenAsync(database, cancellation);

        if (source is null)
        {
            await streams.Error.WriteLineAsync("ledger: usage is being rerated; wait for its end, or end it");
            return ExitCode.Failed;
        }

        await using var store = new PostgresEventStore(database);
        var report = new RerateText(streams.Error);
        using var logging = StderrLogging.Create();
        var batches = new RerateRun(source, database, store, books, logging.CreateLogger<RerateRun>())
            .RunAsync(scope, cancellation);
        await streams.Output.WriteRowsAsync(form, RerateText.Columns, report.ReadAsync(batches));
        return await report.EndAsync(books) ? ExitCode.Done : ExitCode.Failed;
    }
}
