using System.Net;
using System.Net.Sockets;
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
        var sockets = await Task.WhenAll(Enumerable.Range(0, Lists).Select(_ => BeginAsync(ledger)));
        await Eventually.BecomesAsync(
            () => Task.FromResult(sockets.Count(socket => socket.Available > 0)), answers => answers == TurnedAway);

        // Whoever has no answer yet may go on, and the others were told.
        var statuses = await Task.WhenAll(sockets.Select(EndAsync));

        statuses.Count(status => status == "HTTP/1.1 200").ShouldBe(Lists - TurnedAway);
        statuses.Count(status => status == "HTTP/1.1 429").ShouldBe(TurnedAway);
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

    // An empty list as far as its head.
    private static async Task<Socket> BeginAsync(LedgerHost ledger)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, ledger.Client.BaseAddress!.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            "POST /billing/metering/records HTTP/1.1\r\nHost: ledger\r\nContent-Type: application/json\r\n"
            + $"Content-Length: 2\r\nAuthorization: {ledger.Bearer("superadmin")}\r\n\r\n"));
        return socket;
    }

    private static async Task<string> EndAsync(Socket socket)
    {
        using (socket)
        {
            var status = new byte["HTTP/1.1 200".Length];

            if (socket.Available == 0)
            {
                await socket.SendAsync("[]"u8.ToArray());
            }

            await socket.ReceiveAsync(status);
            return Encoding.ASCII.GetString(status);
        }
    }
}
