using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

public class ReadingAccounts
{
    private const string Customer = "/billing/customers/c";

    [Fact]
    public async Task A_past_balance_is_the_same_after_further_events_and_what_the_events_add_up_to()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var questions = new List<string>();

        for (var n = 1; n <= 10; n++)
        {
            await ledger.RecordAsync(Envelopes.Of("c", $"r-{n}", -n), 200);
            questions.Add($"position={await ledger.ScalarAsync<long>("select position from head")}");
            questions.Add(
                $"at={await ledger.ScalarAsync<DateTime>("select recorded_at from head"):yyyy-MM-ddTHH:mm:ss.ffffffZ}");
        }

        var before = await AskAsync();

        for (var sent = 0; sent < Rounds.Of(3_000, 100_000); sent += 1000)
        {
            var envelopes = Enumerable.Range(sent, 1000)
                .Select(n => Envelopes.Of(n % 2 == 0 ? "c" : $"c-{n}", $"m-{n}"));
            (await ledger.PostAsync("/billing/metering/records", $"[{string.Join(',', envelopes)}]", 200))
                .GetProperty("items").GetArrayLength().ShouldBe(1000);
        }

        (await AskAsync()).ShouldBe(before);

        for (var n = 1; n <= 10; n++)
        {
            var byPosition = JsonElement.Parse(before[(n - 1) * 2]);
            byPosition.GetProperty("balance_micro_omr").GetInt64().ShouldBe(-n * (n + 1) / 2);
            byPosition.GetProperty("entries").GetInt64().ShouldBe(n);
            before[((n - 1) * 2) + 1].ShouldBe(before[(n - 1) * 2], "a time and the position of its block");
        }

        async Task<List<string>> AskAsync()
        {
            var answers = new List<string>();

            foreach (var question in questions)
            {
                answers.Add(await ledger.Client.GetStringAsync($"{Customer}/balance?{question}"));
            }

            return answers;
        }
    }

    [Theory]
    [InlineData("balance?at=yesterday", 400, "at: ")]
    [InlineData("balance?position=-1", 400, "position: ")]
    [InlineData("balance?position=3", 400, "position: is beyond the ledger, which is at 2")]
    [InlineData("balance?position=1&at=2026-11-01", 400, "position: ")]
    [InlineData("entries?from=x", 400, "from: ")]
    [InlineData("entries?from=01/11/2026", 400, "from: ")]
    [InlineData("entries?to=10:00", 400, "to: ")]
    [InlineData("entries?limit=0", 400, "limit: ")]
    [InlineData("entries?limit=1001", 400, "limit: ")]
    [InlineData("entries?after=x", 400, "after: ")]
    [InlineData("statement?to=2026-12-01", 400, "from: is needed")]
    [InlineData("statement?from=2026-12-01&to=2026-11-01", 400, "to: is before from")]
    [InlineData("statement?from=2026-11-01&to=2026-12-01&entries=x", 400, "entries: is one of false, true")]
    public async Task What_cannot_be_answered_is_told_by_its_name(string question, int status, string error)
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);

        var response = await ledger.Client.GetAsync($"{Customer}/{question}");

        ((int)response.StatusCode).ShouldBe(status);
        (await response.Content.ReadFromJsonAsync<JsonElement>()).Error().ShouldStartWith(error);
    }

    [Fact]
    public async Task Entries_come_newest_first_by_pages_and_filters()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.GrantAsync("c", "g", 1000, tenant: "tenant-acme");

        for (var n = 1; n <= 5; n++)
        {
            await ledger.RecordAsync(Envelopes.Of("c", $"r-{n}", -n), 200);
        }

        (await AmountsAsync("limit=4")).ShouldBe([-5, -4, -3, -2, -1, 1000]);
        (await AmountsAsync("limit=4&model=qwen3-coder")).ShouldBe([-5, -4, -3, -2, -1]);
        (await AmountsAsync("reason=top-up")).ShouldBe([1000]);
        (await AmountsAsync("request_id=r-3")).ShouldBe([-3]);
        (await AmountsAsync("to=2020-01-01")).ShouldBeEmpty();
        (await AmountsAsync("from=2020-01-01&limit=5")).Count.ShouldBe(6);

        async Task<List<long>> AmountsAsync(string query)
        {
            var amounts = new List<long>();

            for (var after = ""; after is not null;)
            {
                var page = await ledger.Client.GetFromJsonAsync<JsonElement>($"{Customer}/entries?{query}{after}");
                amounts.AddRange(
                    page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("amount").GetInt64()));
                after = page.GetProperty("next").GetString() is { } next ? $"&after={next}" : null;
            }

            return amounts;
        }
    }

    [Fact]
    public async Task A_single_entry_has_all_that_is_stored_of_it_and_its_marks()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r", tenant: "t"), 200);
        var id = (await ledger.RecordAsync(Envelopes.Of("c", "s", tenant: "another"), 200)).Entry();

        var entry = await ledger.Client.GetFromJsonAsync<JsonElement>($"/billing/entries/{id}");

        entry.GetProperty("data").GetProperty("latency_ms").GetInt64().ShouldBe(423);
        entry.GetProperty("marks").EnumerateArray().Select(mark => mark.GetString()).ShouldBe(["tenant_differs"]);
        (await ledger.Client.GetAsync($"/billing/entries/{Guid.NewGuid()}")).StatusCode
            .ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("balance")]
    [InlineData("balance?position=2")]
    [InlineData("entries")]
    [InlineData("statement?from=2020-01-01&to=2120-01-01")]
    [InlineData("statement?from=2020-01-01&to=2120-01-01", "text/csv")]
    public async Task Who_has_an_answer_already_is_told_so_until_it_changes(string question, string? form = null)
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r-1"), 200);
        var first = await AskAsync(known: null);
        var tag = first.Headers.ETag!;

        (await AskAsync(tag)).StatusCode.ShouldBe(HttpStatusCode.NotModified);
        (await AskAsync(EntityTagHeaderValue.Any)).StatusCode.ShouldBe(HttpStatusCode.NotModified);
        await ledger.RecordAsync(Envelopes.Of("c", "r-2"), 200);
        var isPast = question.Contains("position", StringComparison.Ordinal);
        (await AskAsync(tag)).StatusCode.ShouldBe(isPast ? HttpStatusCode.NotModified : HttpStatusCode.OK);

        async Task<HttpResponseMessage> AskAsync(EntityTagHeaderValue? known)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{Customer}/{question}");
            request.Headers.Accept.ParseAdd(form ?? "application/json");

            if (known is not null)
            {
                request.Headers.IfNoneMatch.Add(known);
            }

            return await ledger.Client.SendAsync(request);
        }
    }

    [Fact]
    public async Task Customers_are_found_by_prefix_and_tenant_and_ordered_by_balance()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("user-1", "r", -5, tenant: "t"), 200);
        await ledger.RecordAsync(Envelopes.Of("user-2", "r", -7, tenant: "t"), 200);
        await ledger.RecordAsync(Envelopes.Of("other", "r", -1, tenant: "u"), 200);

        (await IdsAsync("")).ShouldBe(["other", "user-1", "user-2"]);
        (await IdsAsync("prefix=user-")).ShouldBe(["user-1", "user-2"]);
        (await IdsAsync("tenant=u")).ShouldBe(["other"]);
        (await IdsAsync("order_by=balance")).ShouldBe(["user-2", "user-1", "other"]);
        (await IdsAsync("order_by=-balance")).ShouldBe(["other", "user-1", "user-2"]);
        (await IdsAsync("order_by=balance&asset=USD/2")).ShouldBeEmpty();

        async Task<List<string>> IdsAsync(string query)
        {
            var ids = new List<string>();

            for (var after = ""; after is not null;)
            {
                var page = await ledger.Client.GetFromJsonAsync<JsonElement>(
                    $"/billing/customers?limit=1&{query}{after}");
                ids.AddRange(page.GetProperty("items").EnumerateArray()
                    .Select(item => item.GetProperty("customer_id").GetString()!));
                after = page.GetProperty("next").GetString() is { } next
                    ? $"&after={Uri.EscapeDataString(next)}"
                    : null;
            }

            return ids;
        }
    }

    [Fact]
    public async Task Usage_is_added_up_by_the_day_on_which_it_was_completed()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("a", "r", -5, tenant: "t"), 200);
        var wrong = (await ledger.RecordAsync(Envelopes.Of("b", "r", -7, tenant: "u"), 200)).Entry();
        await ledger.ReverseAsync(wrong);
        await ledger.GrantAsync("a", "g", 1000, tenant: "t");
        await ledger.RolledUpAsync();

        (await TotalsAsync("day")).ShouldBe(["2026-11-21 -5 3"]);
        (await TotalsAsync("model")).ShouldBe(["qwen3-coder -5 3"]);
        (await TotalsAsync("tenant")).ShouldBe(["t -5 1", "u 0 2"]);
        (await TotalsAsync("customer")).ShouldBe(["a -5 1", "b 0 2"]);
        (await TotalsAsync("day&to=2026-11-21")).ShouldBeEmpty();
        (await TotalsAsync("day&from=2026-11-21&to=2026-11-22")).Count.ShouldBe(1);

        async Task<List<string>> TotalsAsync(string grouping) =>
        [
            .. (await UsageAsync(grouping)).GetProperty("items").EnumerateArray().Select(item =>
                $"{item.GetProperty("key")} {item.GetProperty("amount")} {item.GetProperty("entries")}"),
        ];

        Task<JsonElement> UsageAsync(string grouping) =>
            ledger.Client.GetFromJsonAsync<JsonElement>($"/billing/usage?group_by={grouping}");
    }
}
