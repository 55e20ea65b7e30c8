using System.Net;
using System.Text.Json;
using EventLedger.Ledger.Http;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

public class LosingServers
{
    [Fact]
    public async Task Without_the_database_callers_are_told_to_come_back_and_envelopes_wait()
    {
        await using var cluster = await TestPostgres.StartClusterAsync();
        await using var ledger = await LedgerHost.StartAsync(await TestDatabase.CreateAsync(cluster, "ledger"));
        await using var producer = new Producer(ledger.Nats.Url);
        await ledger.RecordAsync(Envelopes.Of("c", "r-1", micro: -1), 200);

        await cluster.Process!.StopAsync(TimeSpan.FromSeconds(10));
        await producer.PublishAsync(Envelopes.Of("c", "r-2", micro: -1));
        var refused = await ledger.RecordAsync(Envelopes.Of("c", "r-3", micro: -1));
        var unread = await ledger.Client.GetAsync("/billing/customers/c/balance");
        var readiness = await ledger.Client.GetAsync("/readyz");

        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        unread.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        readiness.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await ReadAsync(readiness)).GetProperty("database").GetBoolean().ShouldBeFalse();

        await cluster.LaunchAsync(CancellationToken.None);
        await Eventually.HoldsAsync(async () => (await ledger.Client.GetAsync("/readyz")).IsSuccessStatusCode);
        await producer.EverythingIsAcknowledgedAsync();
        var again = await Eventually.BecomesAsync(
            () => ledger.RecordAsync(Envelopes.Of("c", "r-3", micro: -1)), response => response.IsSuccessStatusCode);

        (await ReadAsync(again)).GetProperty("balance_after_micro_omr").GetInt64().ShouldBe(-3);
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task Without_the_database_a_listener_whose_right_it_would_say_is_sent_away_with_the_reason()
    {
        await using var cluster = await TestPostgres.StartClusterAsync();
        var database = await TestDatabase.CreateAsync(cluster, "ledger");
        await using var ledger = await LedgerHost.StartAsync(database, ("STREAM_HEARTBEAT", "20ms"));
        await ledger.RecordAsync(Envelopes.Of("c", "r", tenant: "tenant-a"), 200);
        await using var admin = await BalanceListener.StartAsync(
            ledger, "c", caller: ledger.Bearer("tenant-admin", "admin-a", "tenant-a"));

        await cluster.Process!.StopAsync(TimeSpan.FromSeconds(10));

        (await admin.NextAsync())!.Event.ShouldBe("balance");
        var last = (await admin.NextAsync())!;
        (last.Event, last.Data.GetProperty("reason").GetString()).ShouldBe(("closed", BalanceStreamResult.Unreadable));
        (await admin.NextAsync()).ShouldBeNull();
        await cluster.LaunchAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Without_the_broker_requests_are_still_booked_and_readiness_says_what_is_missing()
    {
        await using var ledger = await LedgerHost.StartAsync();

        await ledger.Nats.KillAsync();

        var readiness = await Eventually.BecomesAsync(
            () => ledger.Client.GetAsync("/readyz"), response => !response.IsSuccessStatusCode);
        var body = await ReadAsync(readiness);
        body.GetProperty("database").GetBoolean().ShouldBeTrue();
        body.GetProperty("broker").GetBoolean().ShouldBeFalse();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        (await ledger.Client.GetAsync("/healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);

        await ledger.Nats.RestartAsync();
        await Eventually.HoldsAsync(async () => (await ledger.Client.GetAsync("/readyz")).IsSuccessStatusCode);
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response) =>
        JsonElement.Parse(await response.Content.ReadAsStringAsync());
}
