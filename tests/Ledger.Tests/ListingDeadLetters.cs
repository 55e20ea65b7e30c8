using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventLedger.Ledger.Intake;

namespace EventLedger.Ledger.Tests;

public class ListingDeadLetters
{
    [Fact]
    public async Task They_come_a_hundred_a_page_until_there_is_no_next()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.ExecuteAsync("""
            insert into dead_letters (reason, body, published_at, stream_sequence)
            select 'a reason', 'bytes', now(), n from generate_series(1, 250) as n
            """);
        var sizes = new List<int>();
        var ids = new HashSet<string>();
        var next = "0";

        while (next is not null)
        {
            var page = await ledger.Client.GetFromJsonAsync<JsonElement>($"/billing/dead-letters?after={next}");
            var items = page.GetProperty("items").EnumerateArray().ToArray();
            sizes.Add(items.Length);
            ids.UnionWith(items.Select(item => item.GetProperty("id").GetString()!));
            next = page.GetProperty("next").GetString();
        }

        sizes.ShouldBe([100, 100, 50]);
        ids.Count.ShouldBe(250);
    }

    [Fact]
    public async Task A_page_ends_with_the_body_that_fills_it_and_has_one_however_large()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.ExecuteAsync($"""
            insert into dead_letters (reason, body, published_at, stream_sequence)
            select 'a reason', convert_to(repeat('x', bytes), 'UTF8'), now(), n
            from unnest(array[1, {DeadLetterTable.PageBytesMax - 2}, 1, {DeadLetterTable.PageBytesMax + 1}, 1, 1])
                with ordinality as body (bytes, n)
            """);
        var pages = new List<string>();

        for (var next = "0"; next is not null;)
        {
            var page = await ledger.Client.GetFromJsonAsync<JsonElement>($"/billing/dead-letters?after={next}");
            var items = page.GetProperty("items").EnumerateArray();
            pages.Add(string.Join(' ', items.Select(item => item.GetProperty("id"))));
            next = page.GetProperty("next").GetString();
        }

        pages.ShouldBe(["1 2 3", "4", "5 6"]);
    }

    [Fact]
    public async Task What_is_no_page_is_refused()
    {
        await using var ledger = await LedgerHost.StartAsync();

        (await ledger.Client.GetAsync("/billing/dead-letters?after=x")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }
}
