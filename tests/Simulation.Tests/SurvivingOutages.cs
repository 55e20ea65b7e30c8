using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventLedger.Ledger.Tests;
using EventLedger.Testing;

namespace EventLedger.Simulation.Tests;

/// <summary>Servers go away under 2,000 envelopes a second, and the ledger says so.</summary>
public class SurvivingOutages
{
    private const int Before = 4000;

    private static TimeSpan Outage => TimeSpan.FromSeconds(Rounds.Of(few: 4, many: 120));

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_ledger_may_start_before_its_servers_and_says_which_one_is_missing(bool brokerFirst)
    {
        await using var cluster = await TestPostgres.StartClusterAsync();
        await using var ledger = await LedgerHost.StartAsync(await TestDatabase.CreateAsync(cluster, "ledger"));
        await ledger.StopServiceAsync();
        await cluster.Process!.StopAsync(TimeSpan.FromSeconds(10));
        await ledger.Nats.StopAsync();
        await using var process = new LedgerProcess(ledger);
        var starting = process.StartAsync();
        await SaysAsync(process.Client, database: false, broker: false);

        await (brokerFirst ? ledger.Nats.RestartAsync() : cluster.LaunchAsync(CancellationToken.None));
        await SaysAsync(process.Client, database: !brokerFirst, broker: brokerFirst);
        await (brokerFirst ? cluster.LaunchAsync(CancellationToken.None) : ledger.Nats.RestartAsync());

        await starting;
        await SaysAsync(process.Client, database: true, broker: true);
        ledger.Sql.Clear();
        await using var producer = new Producer(ledger.Nats.Url);
        await producer.PublishAsync(Envelopes.Of("c", "r"));
        await producer.EverythingIsAcknowledgedAsync();
        (await ledger.ScalarAsync<long>("select count(*) from mt_events where type = 'usage_recorded'")).ShouldBe(1);
    }

    [Fact]
    public async Task The_database_stops_and_comes_back()
    {
        await using var cluster = await TestPostgres.StartClusterAsync();
        await using var ledger = await LedgerHost.StartAsync(await TestDatabase.CreateAsync(cluster, "ledger"));
        await using var traffic = new Traffic(ledger);
        await traffic.GoesOnAsync(Before);

        await cluster.Process!.StopAsync(TimeSpan.FromSeconds(10));
        await SaysAsync(ledger, database: false, broker: true);
        var early = await ledger.MetricsAsync();
        await Elapse.ForAsync(Outage);
        var late = await ledger.MetricsAsync();
        await cluster.LaunchAsync(CancellationToken.None);

        early["ledger_database_up"].ShouldBe(0);
        late["ledger_intake_oldest_seconds"].ShouldBeGreaterThan(early["ledger_intake_oldest_seconds"]);
        late["ledger_commit_failures_total"].ShouldBeGreaterThan(0);
        late.ShouldNotContainKey("ledger_waiting", "what isn't known is not shown as none");
        await IsExactAgainAsync(ledger, traffic);
    }

    [Fact]
    public async Task The_broker_stops_and_comes_back()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var traffic = new Traffic(ledger);
        await traffic.Producer.HastenAsync();
        await traffic.GoesOnAsync(Before);

        await ledger.Nats.StopAsync();
        await SaysAsync(ledger, database: true, broker: false);
        await Elapse.ForAsync(Outage);
        (await ledger.MetricsAsync())["ledger_broker_up"].ShouldBe(0);
        await ledger.Nats.RestartAsync();

        await IsExactAgainAsync(ledger, traffic);
    }

    [Fact]
    public async Task The_only_ledger_is_killed_again_and_again()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.StopServiceAsync();
        await using var process = new LedgerProcess(ledger);
        await process.StartAsync();
        await using var traffic = new Traffic(ledger);

        for (var kill = 0; kill < Rounds.Of(few: 2, many: 10); kill++)
        {
            await traffic.GoesOnAsync(Before);
            await process.KillAndStartAsync();
            await traffic.Producer.HastenAsync();
        }

        await traffic.EndAsync();
        await traffic.IsBookedExactlyAsync(ledger);
    }

    [Fact]
    public async Task Of_two_ledgers_that_share_the_work_one_is_killed()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var process = new LedgerProcess(ledger);
        await process.StartAsync();
        await using var traffic = new Traffic(ledger);
        await Eventually.HoldsAsync(
            async () => await BookedAsync(ledger.Client) > 0 && await BookedAsync(process.Client) > 0,
            text: "both book");

        await traffic.GoesOnAsync(Before);
        await process.KillAndStartAsync();
        await traffic.Producer.HastenAsync();
        await traffic.GoesOnAsync(Before);

        await traffic.EndAsync();
        await traffic.IsBookedExactlyAsync(ledger);
    }

    private static async Task IsExactAgainAsync(LedgerHost ledger, Traffic traffic)
    {
        await SaysAsync(ledger, database: true, broker: true);
        await traffic.GoesOnAsync(Before);
        await traffic.EndAsync();
        ledger.Sql.Clear();
        await traffic.IsBookedExactlyAsync(ledger);

        var metrics = await Eventually.BecomesAsync(
            ledger.MetricsAsync, found => found["ledger_intake_unacknowledged"] == 0);
        var booked = metrics["ledger_submissions_total{outcome=\"booked\"}"];
        var again = metrics.GetValueOrDefault("ledger_submissions_total{outcome=\"duplicate\"}");

        // What was committed as the connection broke is found booked when it is tried again.
        booked.ShouldBeLessThanOrEqualTo(traffic.Sent);
        (booked + again).ShouldBeGreaterThanOrEqualTo(traffic.Sent);
        metrics["ledger_position"].ShouldBe(await ledger.ScalarAsync<long>("select position from head"));
        metrics["ledger_database_up"].ShouldBe(1);
        metrics["ledger_broker_up"].ShouldBe(1);
        metrics["ledger_waiting"].ShouldBe(0);
        metrics["ledger_dead_letters"].ShouldBe(0);
    }

    private static Task SaysAsync(LedgerHost ledger, bool database, bool broker) =>
        SaysAsync(ledger.Client, database, broker);

    private static async Task SaysAsync(HttpClient client, bool database, bool broker)
    {
        var status = database && broker ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable;
        await Eventually.BecomesAsync(() => ReadinessAsync(client), said => said == (status, database, broker));
    }

    private static async Task<(HttpStatusCode Status, bool Database, bool Broker)> ReadinessAsync(HttpClient client)
    {
        try
        {
            var response = await client.GetAsync("/readyz");
            var body = await response.Content.ReadFromJsonAsync<JsonElement>();
            bool Has(string server) => body.GetProperty(server).GetBoolean();
            return (response.StatusCode, Has("database"), Has("broker"));
        }
        catch (HttpRequestException)
        {
            // It doesn't listen yet.
            return default;
        }
    }

    private static async Task<double> BookedAsync(HttpClient client) =>
        (await LedgerHost.MetricsAsync(client)).GetValueOrDefault("ledger_submissions_total{outcome=\"booked\"}");
}
