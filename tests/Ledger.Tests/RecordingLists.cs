using System.Net;
using System.Text;
using System.Text.Json;
using EventLedger.Ledger.Http;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

public class RecordingLists
{
    private const string Lines = "application/x-ndjson";

    [Theory, InlineData("application/json"), InlineData("application/json; charset=utf-8"), InlineData(Lines)]
    public async Task Each_gets_its_own_answer_in_order_and_a_bad_one_holds_nobody_up(string type)
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "old", micro: -5), 200);

        var items = await PostAsync(
            ledger, type,
            Envelopes.Of("c", "r-1", micro: -1),
            Envelopes.Of("c", "old", micro: -5),
            Envelopes.Of("c", "old", micro: -6),
            """{"customer_id":7}""",
            Envelopes.Of("nobody", "r", tenant: null),
            Envelopes.Of("c", "r-1", micro: -1),
            """{"customer_id":"c","reason":"x","amount_micro_omr":1,"metadata":{"request_id":"r"}}""",
            $"{new string('[', 60)}{new string(']', 60)}",
            Envelopes.Of("new", "r-2", micro: -2));

        items.Select(item => item.GetProperty("status").GetString()).ShouldBe(
        [
            "booked", "duplicate", "conflict", "refused", "unknown_customer", "duplicate", "refused", "refused",
            "booked",
        ]);
        items[0].GetProperty("balance_after_micro_omr").GetInt64().ShouldBe(-6);
        items[1].GetProperty("ledger_entry_id").GetGuid().ShouldBe(items[2].GetProperty("ledger_entry_id").GetGuid());
        items[3].GetProperty("field").GetString().ShouldBe("customer_id");
        items[5].GetProperty("ledger_entry_id").GetGuid().ShouldBe(items[0].GetProperty("ledger_entry_id").GetGuid());
        items[6].GetProperty("field").GetString().ShouldBe("amount_micro_omr");
        items[6].GetProperty("problem").GetString().ShouldNotBeNullOrEmpty();
        (await ledger.MicroBalanceAsync("c")).ShouldBe(-6);
        await ledger.ShouldVerifyAsync();
    }

    [Theory, InlineData("application/json"), InlineData(Lines)]
    public async Task A_thousand_are_booked_in_one_block_and_one_more_is_refused(string type)
    {
        await using var ledger = await LedgerHost.StartAsync();
        string[] envelopes = [.. Enumerable.Range(0, 1000).Select(n => Envelopes.Of($"c-{n % 50}", $"r-{n}"))];

        (await PostAsync(ledger, type, envelopes))
            .ShouldAllBe(item => item.GetProperty("status").GetString() == "booked");
        (await PostAsync(ledger, type, envelopes))
            .ShouldAllBe(item => item.GetProperty("status").GetString() == "duplicate");
        (await ledger.ScalarAsync<long>("select count(*) from blocks")).ShouldBe(1);

        var refused = await SendAsync(ledger, type, 413, [.. envelopes, Envelopes.Of("c", "r")]);
        refused.Error().ShouldContain("1000");
    }

    [Fact]
    public async Task One_past_the_balances_bounds_is_refused_alone()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("full", "r", micro: long.MinValue), 200);

        var items = await PostAsync(
            ledger, "application/json",
            [.. Enumerable.Range(0, 40).Select(n => Envelopes.Of(n == 13 ? "full" : $"c-{n % 3}", $"r-{n}"))]);

        items.Index().Where(item => item.Item.GetProperty("status").GetString() != "booked")
            .ShouldHaveSingleItem().Index.ShouldBe(13);
        items[13].GetProperty("problem").GetString()!.ShouldContain("64 bits");
        await ledger.ShouldVerifyAsync();
    }

    [Theory]
    [InlineData("application/json", "{}", 400)]
    [InlineData("application/json", "", 400)]
    [InlineData("application/json", "[", 400)]
    [InlineData("application/json", "[] []", 400)]
    [InlineData("application/json", "[{]", 400)]
    [InlineData("text/plain", "[]", 415)]
    [InlineData("application/json", "[]", 200)]
    [InlineData(Lines, "\n \r\n", 200)]
    public async Task A_body_that_is_no_list_is_refused(string type, string body, int status)
    {
        await using var ledger = await LedgerHost.StartAsync();

        var answer = await SendBodyAsync(ledger, type, status, body);

        if (status == 200)
        {
            answer.GetProperty("items").GetArrayLength().ShouldBe(0);
        }
        else
        {
            answer.Error().ShouldNotBeNullOrEmpty();
        }
    }

    [Fact]
    public async Task So_many_are_taken_or_wait_at_once_and_the_others_are_turned_away()
    {
        const int TurnedAway = 5;
        const int Lists = RateLimits.ListsMax + RateLimits.ListsWaitingMax + TurnedAway;
        await using var ledger = await LedgerHost.StartAsync();
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // Whoever begins to send a body doesn't look for the answer before its end.
        using var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) };
        using var client = new HttpClient(handler) { BaseAddress = ledger.Client.BaseAddress };
        client.DefaultRequestHeaders.Authorization = ledger.Bearer("superadmin");
        var answers = Enumerable.Range(0, Lists).Select(_ => client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "/billing/metering/records")
            {
                Content = new HeldContent(sent.Task),
                Headers = { ExpectContinue = true },
            })).ToArray();
        await Eventually.HoldsAsync(() => answers.Count(answer => answer.IsCompleted) == TurnedAway);
        sent.SetResult();

        (await Task.WhenAll(answers)).CountBy(answer => (int)answer.StatusCode).OrderBy(status => status.Key)
            .ShouldBe([new(200, Lists - TurnedAway), new(429, TurnedAway)]);
    }

    [Fact]
    public async Task A_body_past_the_bound_is_refused()
    {
        await using var ledger = await LedgerHost.StartAsync();

        await SendBodyAsync(ledger, Lines, 413, new string(' ', (8 * 1024 * 1024) + 1));
    }

    private static async Task<JsonElement[]> PostAsync(LedgerHost ledger, string type, params string[] envelopes) =>
        [.. (await SendAsync(ledger, type, 200, envelopes)).GetProperty("items").EnumerateArray()];

    private static Task<JsonElement> SendAsync(LedgerHost ledger, string type, int status, string[] envelopes) =>
        SendBodyAsync(ledger, type, status, type == Lines
            ? string.Join("\r\n", envelopes.Select(envelope => envelope.ReplaceLineEndings("")))
            : $"[{string.Join(",", envelopes)}]");

    private static async Task<JsonElement> SendBodyAsync(LedgerHost ledger, string type, int status, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/billing/metering/records") { Content = content };

        // The server answers before the body, and doesn't take the rest of one that is too large.
        request.Headers.ExpectContinue = true;
        var response = await ledger.Client.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, answer);
        return JsonElement.Parse(answer);
    }

    // An empty list that is sent once it may be.
    private sealed class HeldContent : HttpContent
    {
        private readonly Task mayBeSent;

        public HeldContent(Task mayBeSent)
        {
            this.mayBeSent = mayBeSent;
            Headers.ContentType = new("application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await mayBeSent;
            await stream.WriteAsync("[]"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 2;
            return true;
        }
    }
}
