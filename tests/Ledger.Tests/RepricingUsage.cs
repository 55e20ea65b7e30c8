using System.Text;
using System.Text.Json;
using EventLedger.EventStore;
using EventLedger.EventStore.Appending;
using EventLedger.Ledger.Booking;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using EventId = EventLedger.Accounts.EventId;

namespace EventLedger.Ledger.Tests;

public class RepricingUsage
{
    // 10 prompt and 5 completion tokens cost 10 * 100 + 5 * 300 of it; the envelopes below were charged 234.
    private static readonly string December = Book("2026-12", prompt: 100, completion: 300);

    [Fact]
    public async Task What_usage_would_have_cost_is_shown_by_customer_and_model_and_nothing_is_booked()
    {
        await using var ledger = await CreateFilledAsync();
        var head = await ledger.ScalarAsync<long>("select position from head");

        var (exitCode, output) = await RerateAsync(ledger, December, "--output", "csv");

        exitCode.ShouldBe(0, output);
        output.Split("\r\n").Take(4).ShouldBe(
        [
            "customer,model,entries,tokens,charged_micro_omr,rerated_micro_omr,difference_micro_omr",
            "amina,\"qwen3, the \"\"coder\"\"\",1,15,-234,-2500,-2266",
            "amina,qwen3-coder,2,30,-468,-5000,-4532",
            "noor,qwen3-coder,1,15,-234,-2500,-2266",
        ]);
        output.ShouldContain("4 charges of -936 micro-OMR cost -10000 by the book, a difference of -9064");
        (await ledger.ScalarAsync<long>("select position from head")).ShouldBe(head);
        (await RerateAsync(ledger, December)).Output.ShouldContain("-9064");
    }

    [Fact]
    public async Task Differences_are_booked_once_whatever_ranges_are_asked_for()
    {
        await using var ledger = await CreateFilledAsync();

        (await RerateAsync(ledger, December, "--book", "--customer", "amina")).Output
            .ShouldContain("corrections booked 3, not booked 0");
        (await RerateAsync(ledger, December, "--book")).Output.ShouldContain("corrections booked 1, not booked 0");
        var head = await ledger.ScalarAsync<long>("select position from head");
        var (exitCode, output) = await RerateAsync(ledger, December, "--book");

        exitCode.ShouldBe(0, output);
        output.ShouldContain("4 charges of -10000 micro-OMR cost -10000 by the book, a difference of 0");
        output.ShouldContain("corrections booked 0, not booked 0");
        (await ledger.ScalarAsync<long>("select position from head")).ShouldBe(head);
        (await BalanceAsync(ledger, "amina")).ShouldBe(-7500);
        (await ledger.ScalarAsync<long>("""
            select count(*) from mt_events c join mt_events u on u.id = (c.data ->> 'corrects')::uuid
            where c.type = 'usage_corrected' and u.type = 'usage_recorded' and u.stream_id = c.stream_id
                and c.data ->> 'price_book' = '2026-12' and c.data -> 'model' = u.data -> 'model'
            """)).ShouldBe(4);
        await ledger.ShouldVerifyAsync();
        (await ledger.RunAsync("rebuild", "balances", "--check")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task The_ledgers_sum_becomes_the_books_price_to_the_micro_OMR()
    {
        var random = new Random(9);
        await using var ledger = await LedgerHost.StartAsync();
        var price = 0m;
        var many = Rounds.Of(few: 300, many: 20_000);
        var book = WriteBook("""
            {"version":"odd","prices":[{"model":"*","per":"million","prompt":123456789,"completion":987654321}]}
            """);
        await using var broker = new Producer(ledger.Nats.Url);

        for (var n = 0; n < many; n++)
        {
            var (prompt, completion) = (random.Next(100_000), random.Next(100_000));
            price -= decimal.Round(
                ((prompt * 123_456_789m) + (completion * 987_654_321m)) / 1_000_000m, MidpointRounding.AwayFromZero);
            await broker.PublishAsync($$"""
                {"customer_id":"c-{{n % 7}}","amount_micro_omr":{{-1 - random.Next(1_000_000)}},"reason":"x",
                "metadata":{"tokens_used":{{prompt + completion}},"prompt_tokens":{{prompt}},"request_id":"r-{{n}}",
                "completion_tokens":{{completion}},"tenant_id":"t","completed_at":"2026-11-{{1 + (n % 28)}}"} }
                """);
        }

        await broker.EverythingIsAcknowledgedAsync();
        var (early, earlyOutput) = await RerateAsync(ledger, book, "--book", "--to", "2026-11-09");
        early.ShouldBe(0, earlyOutput);
        var (late, lateOutput) = await RerateAsync(ledger, book, "--book", "--from", "2026-11-05");
        late.ShouldBe(0, lateOutput);

        (await ledger.ScalarAsync<decimal>("select sum(balance) from balances")).ShouldBe(price);
        (await ledger.ScalarAsync<decimal>("select sum(entries) from balances")).ShouldBe(2 * many);
    }

    [Fact]
    public async Task A_further_book_corrects_what_the_first_one_left()
    {
        await using var ledger = await CreateFilledAsync();
        await RerateAsync(ledger, December, "--book");

        var (exitCode, output) = await RerateAsync(ledger, Book("2027-01", prompt: 1, completion: 1), "--book");

        exitCode.ShouldBe(0, output);
        output.ShouldContain("4 charges of -10000 micro-OMR cost -60 by the book, a difference of 9940");
        (await BalanceAsync(ledger, "noor")).ShouldBe(-15);

        // The first book again would have to correct the same charges a second time.
        var again = await RerateAsync(ledger, December, "--book");
        again.ExitCode.ShouldBe(1);
        again.Output.ShouldContain("was corrected by this book before, and differs again since");
        (await BalanceAsync(ledger, "noor")).ShouldBe(-15);
    }

    [Theory]
    [InlineData(new[] { "--model", "QWEN3-*" }, "3 charges of -702")]
    [InlineData(new[] { "--customer", "noor" }, "1 charges of -234")]
    [InlineData(new[] { "--customer", "nobody" }, "0 charges of 0")]
    [InlineData(new[] { "--from", "2026-11-21T17:00:00Z" }, "4 charges of -936")]
    [InlineData(new[] { "--from", "2026-11-21T17:00:01Z" }, "0 charges of 0")]
    [InlineData(new[] { "--to", "2026-11-21T17:00:00Z" }, "0 charges of 0")]
    public async Task Only_what_is_asked_for_is_priced(string[] args, string expected)
    {
        await using var ledger = await CreateFilledAsync();

        (await RerateAsync(ledger, December, args)).Output.ShouldContain(expected);
    }

    [Fact]
    public async Task Usage_without_a_price_or_tokens_is_counted_and_left_as_it_is()
    {
        await using var ledger = await CreateFilledAsync();
        await ledger.RecordAsync(
            """
            {"customer_id":"noor","amount_micro_omr":-7,"reason":"x","metadata":{"request_id":"no tokens",
            "model":"qwen3-coder","completed_at":"2026-11-21T17:00:00Z"} }
            """, 200);
        var book = WriteBook("""
            {"version":"only qwen3-coder","prices":[{"model":"qwen3-coder","per":"token","prompt":1,"completion":1}]}
            """);

        var (exitCode, output) = await RerateAsync(ledger, book, "--book");

        exitCode.ShouldBe(0, output);
        output.ShouldContain("3 charges of -702 micro-OMR cost -45 by the book, a difference of 657; 2 have no price");
        (await BalanceAsync(ledger, "noor")).ShouldBe(-15 - 7);
    }

    [Fact]
    public async Task A_correction_past_the_balances_bounds_is_named_and_the_others_are_booked()
    {
        await using var ledger = await CreateFilledAsync();
        await ledger.RecordAsync(
            $$"""
            {"customer_id":"full","amount_micro_omr":{{long.MinValue + 500}},"reason":"x",
            "metadata":{"request_id":"no tokens","tenant_id":"t"} }
            """, 200);
        await ledger.RecordAsync(Envelopes.Of("full", "r-1", micro: -234), 200);
        await ledger.RecordAsync(Envelopes.Of("full", "r-2", micro: -234), 200);

        // Each would cost 21 more, and 32 are left.
        var (exitCode, output) = await RerateAsync(ledger, Book("dear", 17, 17), "--book", "--customer", "full");

        exitCode.ShouldBe(1);
        output.ShouldContain("outside 64 bits");
        output.ShouldContain("corrections booked 1, not booked 1");
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task Usage_that_was_undone_is_left_out_and_an_undone_correction_counts_as_not_made()
    {
        await using var ledger = await CreateFilledAsync();
        await RerateAsync(ledger, December, "--book", "--customer", "noor");
        var charge = EventId.OfUsage("noor", "r-1");
        await UndoAsync(ledger, "noor", EventId.OfCorrection("noor", charge, "2026-12"), amount: 2266);

        (await RerateAsync(ledger, December, "--customer", "noor")).Output
            .ShouldContain("1 charges of -234 micro-OMR cost -2500 by the book, a difference of -2266");

        await UndoAsync(ledger, "noor", charge, amount: 234);
        (await RerateAsync(ledger, December, "--customer", "noor", "--book")).Output
            .ShouldContain("0 charges of 0 micro-OMR cost 0 by the book, a difference of 0; 0 have no price, 1 were");
        (await BalanceAsync(ledger, "noor")).ShouldBe(0);
    }

    [Theory]
    [InlineData("{", "--price-book")]
    [InlineData("""{"version":"1","prices":[]}""", "--price-book")]
    public async Task A_bad_book_is_refused_with_2(string book, string problem)
    {
        await using var ledger = await LedgerHost.StartAsync();

        var (exitCode, output) = await RerateAsync(ledger, WriteBook(book));

        exitCode.ShouldBe(2);
        output.ShouldContain(problem);
        (await ledger.RunAsync("rerate", "--price-book", December, "--from", "soon", "--to", "2027-01-01"))
            .ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task While_another_one_runs_it_is_refused()
    {
        await using var ledger = await CreateFilledAsync();
        await using var other = await ledger.Sql.OpenConnectionAsync();
        await using var hold = other.CreateCommand();
        hold.CommandText = "select pg_advisory_lock(7000000000000000013)";
        await hold.ExecuteNonQueryAsync();

        var (exitCode, output) = await RerateAsync(ledger, December);

        exitCode.ShouldBe(1);
        output.ShouldContain("is being rerated");
    }

    internal static async Task<(int ExitCode, string Output)> RerateAsync(
        LedgerHost ledger, string book, params string[] args) => await ledger.RunAsync(
        [
            "rerate", "--price-book", book,
            .. args.Contains("--from") ? (string[])[] : ["--from", "2026-11-01"],
            .. args.Contains("--to") ? (string[])[] : ["--to", "2026-12-01"],
            .. args,
        ]);

    internal static string Book(string version, long prompt, long completion) => WriteBook($$"""
        {"version":"{{version}}","prices":[
          {"model":"*","per":"token","prompt":{{prompt}},"completion":{{completion}}}]}
        """);

    private static string WriteBook(string text)
    {
        var path = Path.Combine(TestFolder.Make("prices"), "book.json");
        File.WriteAllText(path, text);
        return path;
    }

    private static async Task<LedgerHost> CreateFilledAsync()
    {
        var ledger = await LedgerHost.StartAsync();

        await ledger.RecordAsync(UsageOf("amina", "r-1", "qwen3-coder"), 200);
        await ledger.RecordAsync(UsageOf("amina", "r-2", "qwen3-coder"), 200);
        await ledger.RecordAsync(UsageOf("amina", "r-3", "qwen3, the \"coder\""), 200);
        await ledger.RecordAsync(UsageOf("noor", "r-1", "qwen3-coder"), 200);
        return ledger;
    }

    // A reversal as it is stored: what matters here is its id.
    private static async Task UndoAsync(LedgerHost ledger, string customer, Guid eventId, long amount)
    {
        await using var store = new PostgresEventStore(ledger.Sql);
        var data = Encoding.UTF8.GetBytes($$"""{"amount":{{amount}},"asset":"OMR/6"}""");
        var reversal = new NewEvent(
            customer, EventId.OfReversal(customer, eventId), Fingerprint: 0, "usage_reversed", "", data);
        var refused = await new BulkBooking(store, NullLogger.Instance).BookAsync(
            [new BulkEntry(reversal, "OMR/6", amount)], CancellationToken.None);
        refused.ShouldBeEmpty();
    }

    private static string UsageOf(string customer, string request, string model) => $$"""
        {"customer_id":"{{customer}}","amount_micro_omr":-234,"reason":"usage:newapi:x","metadata":{"tokens_used":15,
        "prompt_tokens":10,"completion_tokens":5,"model":{{JsonSerializer.Serialize(model)}},
        "request_id":"{{request}}","tenant_id":"tenant-acme","completed_at":"2026-11-21T17:00:00Z"} }
        """;

    private static async Task<long> BalanceAsync(LedgerHost ledger, string customer) =>
        (await ledger.BalanceAsync(customer))!.Value.GetProperty("balance_micro_omr").GetInt64();
}
