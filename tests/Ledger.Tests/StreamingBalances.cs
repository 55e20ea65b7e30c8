using System.Globalization;
using System.Net;
using System.Security.Claims;
using System.Text;
using System.Text.RegularExpressions;
using EventLedger.EventStore.Reading;
using EventLedger.Ledger.Http;
using EventLedger.Ledger.Settings;
using EventLedger.Ledger.Streaming;
using EventLedger.Projections.Balances;
using EventLedger.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Ledger.Tests;

public class StreamingBalances
{
    // After one charge to customer c, the first thing in the ledger.
    private const string FirstData =
        "{\"customer_id\":\"c\",\"balance_omr\":0,\"balance_micro_omr\":-234,\"entries\":1,\"position\":2,"
        + "\"balances\":{\"OMR/6\":-234}}";

    [Fact]
    public async Task It_begins_with_the_balances_of_now_and_goes_on_with_each_change()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r-1"), 200);
        await using var listener = await BalanceListener.StartAsync(ledger, "c");
        var first = (await listener.NextAsync())!;

        await ledger.RecordAsync(Envelopes.Of("other", "r-1"), 200);
        await ledger.GrantAsync("c", "g", 500, tenant: null);
        await ledger.PostAsync("/billing/customers/c/close", """{"reason":"left"}""", 200);
        await ledger.RecordAsync(Envelopes.Of("c", "r-2"), 200);

        (first.Id, first.Event, first.Balance).ShouldBe(("2", "balance", -234));
        first.Data.GetRawText().ShouldBe(FirstData);
        var (second, third) = ((await listener.NextAsync())!, (await listener.NextAsync())!);
        (second.Id, second.Balance).ShouldBe(("5", 266));
        (third.Id, third.Balance).ShouldBe(("7", 32));
        third.Data.GetRawText().ShouldBe(await ledger.Client.GetStringAsync("/billing/customers/c/balance"));
    }

    [Fact]
    public async Task Who_comes_back_gets_what_came_meanwhile_from_where_it_was()
    {
        await using var ledger = await LedgerHost.StartAsync();

        for (var n = 1; n <= 5; n++)
        {
            await ledger.RecordAsync(Envelopes.Of("c", $"r-{n}"), 200);
        }

        await using var listener = await BalanceListener.StartAsync(ledger, "c", "3");
        await ledger.RecordAsync(Envelopes.Of("c", "r-6"), 200);

        foreach (var (id, balance) in new[] { ("4", -702), ("5", -936), ("6", -1170), ("7", -1404) })
        {
            var message = (await listener.NextAsync())!;
            (message.Id, message.Balance).ShouldBe((id, balance));
        }

        await using var fromTheBeginning = await BalanceListener.StartAsync(ledger, "c", "0");
        (await fromTheBeginning.NextAsync())!.Data.GetRawText().ShouldBe(FirstData);
    }

    [Fact]
    public async Task Who_comes_back_is_told_positions_of_then_though_another_asset_has_changed_since()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r-1"), 200);
        await GrantCentsAsync("g-1");
        await ledger.RecordAsync(Envelopes.Of("c", "r-2"), 200);
        await GrantCentsAsync("g-2");

        await using var listener = await BalanceListener.StartAsync(ledger, "c", "3");

        foreach (var position in new[] { 4, 5 })
        {
            var message = (await listener.NextAsync())!;
            message.Id.ShouldBe($"{position}");
            message.Data.GetProperty("position").GetInt64().ShouldBe(position);
        }

        Task GrantCentsAsync(string grant) => ledger.PostAsync(
            "/billing/credits",
            $$"""{"grant_id":"{{grant}}","customer_id":"c","amount":5,"asset":"USD/2","reason":"top-up"}""", 200);
    }

    [Fact]
    public async Task Nothing_is_missed_and_nothing_comes_twice_however_often_it_breaks_off()
    {
        var changes = Rounds.Of(300, 5000);
        var random = new Random(20261122);
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "first", tenant: "tenant-acme"), 200);
        var recording = Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            for (var n = writer; n < changes; n += 4)
            {
                await ledger.RecordAsync(Envelopes.Of(n % 7 == 0 ? "other" : "c", $"r-{n}"), 200);
            }
        }));
        var (ids, balances, lastEventId) = (new List<long>(), new List<long>(), (string?)"0");

        while (ids.LastOrDefault() < (recording.IsCompleted ? await LastPositionAsync(ledger) : long.MaxValue))
        {
            await using var listener = await BalanceListener.StartAsync(ledger, "c", lastEventId);

            for (var n = random.Next(1, 40); n > 0; n--)
            {
                if (recording.IsCompleted && ids.LastOrDefault() == await LastPositionAsync(ledger))
                {
                    break;
                }

                var message = (await listener.NextAsync())!;
                ids.Add(long.Parse(message.Id!, CultureInfo.InvariantCulture));
                balances.Add(message.Balance);
            }

            lastEventId = listener.LastEventId;
        }

        await recording;
        ids.ShouldBe(await ledger.ScalarAsync<long[]>("""
            select array_agg(position order by position) from entries where customer_id = 'c' and amount is not null
            """));
        balances.ShouldBe(ids.Select((_, n) => -234L * (n + 1)));
    }

    [Theory]
    [InlineData("nonsense", HttpStatusCode.BadRequest)]
    [InlineData("-1", HttpStatusCode.BadRequest)]
    [InlineData("99", HttpStatusCode.BadRequest)]
    [InlineData("99999999999999999999", HttpStatusCode.BadRequest)]
    public async Task A_place_that_this_ledger_never_had_is_refused(string lastEventId, HttpStatusCode status)
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);

        (await BalanceListener.RequestAsync(ledger, "c", lastEventId)).StatusCode.ShouldBe(status);
        await NobodyListensAsync(ledger);
    }

    [Fact]
    public async Task Who_may_not_read_the_balance_may_not_listen_to_it()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);

        (await BalanceListener.RequestAsync(ledger, "c", caller: ledger.Bearer("customer"))).StatusCode
            .ShouldBe(HttpStatusCode.Forbidden);
        (await BalanceListener.RequestAsync(ledger, "nobody")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Who_may_listen_no_more_is_told_so_and_hears_nothing_further()
    {
        await using var ledger = await LedgerHost.StartAsync(("STREAM_HEARTBEAT", "20ms"));
        await ledger.RecordAsync(Envelopes.Of("c", "r", tenant: "tenant-a"), 200);
        await using var admin = await BalanceListener.StartAsync(
            ledger, "c", caller: ledger.Bearer("tenant-admin", "admin-a", "tenant-a"));
        await using var shortly = await BalanceListener.StartAsync(
            ledger, "c", caller: ledger.Bearer("customer", "c", lifetime: TimeSpan.FromSeconds(1)));

        await ledger.PostAsync("/billing/customers/c/tenant", """{"tenant_id":"tenant-b","reason":"moved"}""", 200);

        foreach (var (listener, reason) in new[]
            { (admin, ListeningRight.Withdrawn), (shortly, ListeningRight.Expired) })
        {
            (await listener.NextAsync())!.Event.ShouldBe("balance");
            var last = (await listener.NextAsync())!;
            (last.Event, last.Data.GetProperty("reason").GetString()).ShouldBe(("closed", reason));
            (await listener.NextAsync()).ShouldBeNull();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_may_listen_no_more_is_sent_away_though_there_is_always_more_to_hear(bool isResumed)
    {
        const int Changes = 20;
        await using var ledger = await LedgerHost.StartAsync();
        using var subscription = new FeedSubscription("c", Changes, _ => { });

        for (var n = 0; n < Changes; n++)
        {
            await ledger.RecordAsync(Envelopes.Of("c", $"r-{n}"), 200);
            subscription.Offer(new BalanceChange("c", "OMR/6", -234, n + 2)).ShouldBeTrue();
        }

        // The token is good for five looks, as long as clocks may differ.
        var clock = new SteppingClock();
        var caller = new ClaimsPrincipal(new ClaimsIdentity(
            [new("sub", "c"), new("role", "customer"), new("exp", $"{clock.Now.ToUnixTimeSeconds()}")],
            "test", "sub", "role"));
        var right = new ListeningRight(
            caller, "c", ledger.Services.GetRequiredService<AccountAccess>(), TimeSpan.FromSeconds(1), clock);
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };

        await new BalanceStreamResult(
            subscription, new BalancePoint(isResumed ? Changes + 1 : 1, NextVersion: 2, []), isResumed,
            ledger.Services.GetRequiredService<EventReader>(), right, clock, (_, _) => [.. "{}"u8],
            NullLogger<BalanceStreamResult>.Instance)
            .ExecuteAsync(context);

        var sent = Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray());
        sent.ShouldEndWith($"event: closed\ndata: {{\"reason\":\"{ListeningRight.Expired}\"}}\n\n");
        Regex.Count(sent, "event: balance").ShouldBeInRange(1, Changes / 2);
    }

    [Theory]
    [InlineData("999999996", null)]
    [InlineData("999999995", ListeningRight.Expired)]
    [InlineData("999999994.5", ListeningRight.Expired)]
    [InlineData("1E+30", null)]
    [InlineData("", ListeningRight.Expired)]
    public async Task A_token_is_good_to_its_end_and_as_long_as_clocks_may_differ(string expires, string? end)
    {
        var clock = new SetClock { Now = DateTimeOffset.FromUnixTimeSeconds(1_000_000_000) };
        var caller = new ClaimsPrincipal(new ClaimsIdentity(
            [new("sub", "c"), new("role", "auditor"), new("exp", expires)], "test", "sub", "role"));
        var right = new ListeningRight(caller, "c", new AccountAccess(accounts: null!), TimeSpan.FromSeconds(1), clock);

        (await right.LookAsync(CancellationToken.None)).ShouldBe(end);
    }

    [Fact]
    public async Task One_tail_serves_all_who_listen_and_ends_with_the_last_one()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        var listeners = new List<BalanceListener>();

        for (var n = 0; n < 20; n++)
        {
            listeners.Add(await BalanceListener.StartAsync(ledger, "c"));
            await listeners[^1].NextAsync();
        }

        (await ledger.ScalarAsync<long>(
            "select count(*) from pg_stat_activity where datname = current_database() and query like 'listen %'"))
            .ShouldBeLessThanOrEqualTo(1);
        await ledger.RecordAsync(Envelopes.Of("c", "r-2"), 200);

        foreach (var listener in listeners)
        {
            (await listener.NextAsync())!.Balance.ShouldBe(-468);
            await listener.DisposeAsync();
        }

        await NobodyListensAsync(ledger);
        await using var next = await BalanceListener.StartAsync(ledger, "c");
        (await next.NextAsync())!.Balance.ShouldBe(-468);
        await ledger.RecordAsync(Envelopes.Of("c", "r-3"), 200);
        (await next.NextAsync())!.Balance.ShouldBe(-702);
    }

    [Fact]
    public async Task Listeners_are_bounded_and_one_who_goes_makes_room()
    {
        await using var ledger = await LedgerHost.StartAsync(("STREAM_SUBSCRIBERS_MAX", "2"));
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await using var first = await BalanceListener.StartAsync(ledger, "c");
        await using var second = await BalanceListener.StartAsync(ledger, "c");

        var turnedAway = await BalanceListener.RequestAsync(ledger, "c");
        turnedAway.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        turnedAway.Headers.RetryAfter.ShouldNotBeNull();
        await first.DisposeAsync();

        await Eventually.HoldsAsync(async () =>
        {
            using var response = await BalanceListener.RequestAsync(ledger, "c");
            return response.StatusCode == HttpStatusCode.OK;
        });
    }

    [Theory]
    [InlineData("61m")]
    [InlineData("2h")]
    [InlineData("20000000d")]
    [InlineData("0s")]
    public void A_silence_past_an_hour_is_no_setting(string heartbeat) => Should.Throw<SettingException>(
        () => LedgerHost.Settings("", "", 1, ("STREAM_HEARTBEAT", heartbeat)).Stream)
        .Message.ShouldContain(heartbeat);

    [Fact]
    public async Task Silence_is_broken_by_heartbeats()
    {
        await using var ledger = await LedgerHost.StartAsync(("STREAM_HEARTBEAT", "20ms"));
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await using var listener = await BalanceListener.StartAsync(ledger, "c");
        await listener.NextAsync();

        await listener.BeatAsync();
        await listener.BeatAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r-2"), 200);

        (await listener.NextAsync())!.Balance.ShouldBe(-468);
    }

    [Fact]
    public async Task A_service_that_stops_says_so_and_does_not_wait_for_those_who_listen()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await using var listener = await BalanceListener.StartAsync(ledger, "c");
        await listener.NextAsync();

        var stopping = ledger.StopServiceAsync();

        var last = (await listener.NextAsync())!;
        last.Event.ShouldBe("closed");
        last.Data.GetProperty("reason").GetString()!.ShouldContain("stopping");
        (await listener.NextAsync()).ShouldBeNull();
        await stopping;
    }

    [Fact]
    public async Task Who_is_too_slow_gets_what_waits_and_then_the_reason()
    {
        const int WaitingMax = 4;
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "first"), 200);
        await using var feed = Feed(ledger, new FeedOptions(1, TimeSpan.FromSeconds(1)) { WaitingMax = WaitingMax });
        using var slow = (await feed.SubscribeAsync("c", CancellationToken.None))!;

        for (var n = 0; n <= WaitingMax; n++)
        {
            await ledger.RecordAsync(Envelopes.Of("c", $"r-{n}"), 200);
        }

        await Eventually.HoldsAsync(() => slow.Reason is not null);
        slow.Reason.ShouldBe(BalanceFeed.TooSlow);
        (await slow.Changes.ReadAllAsync().Select(change => change.Position).ToListAsync())
            .ShouldBe([3, 4, 5, 6]);
        (await feed.SubscribeAsync("c", CancellationToken.None)).ShouldBeNull();
        slow.Dispose();
        feed.Subscribers.ShouldBe(0);
    }

    [Fact]
    public async Task A_ledger_that_cannot_be_followed_sends_everybody_away_and_takes_them_again()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "first"), 200);
        await using var listener = await BalanceListener.StartAsync(ledger, "c");
        await listener.NextAsync();

        // Another ledger, as far as the tail can tell.
        await ledger.ExecuteAsync("create table kept as table head; update head set position = 0");

        (await listener.NextAsync())!.Event.ShouldBe("closed");
        await ledger.ExecuteAsync("update head set position = kept.position from kept");
        await using var again = await BalanceListener.StartAsync(ledger, "c", listener.LastEventId);
        await ledger.RecordAsync(Envelopes.Of("c", "second"), 200);
        (await again.NextAsync())!.Balance.ShouldBe(-468);
    }

    // A second goes by whenever it is asked.
    private sealed class SteppingClock : TimeProvider
    {
        public DateTimeOffset Now { get; private set; } = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => (Now += TimeSpan.FromSeconds(1)).Ticks;
    }

    private static BalanceFeed Feed(LedgerHost ledger, FeedOptions options) => new(
        ledger.Services.GetRequiredService<EventTail>(), ledger.Services.GetRequiredService<EventReader>(), options,
        ledger.Services.GetRequiredService<IHostApplicationLifetime>(), NullLogger<BalanceFeed>.Instance);

    private static Task NobodyListensAsync(LedgerHost ledger) => Eventually.HoldsAsync(
        () => ledger.Services.GetRequiredService<BalanceFeed>().Subscribers == 0);

    private static Task<long> LastPositionAsync(LedgerHost ledger) => ledger.ScalarAsync<long>(
        "select max(position) from entries where customer_id = 'c' and amount is not null");
}
