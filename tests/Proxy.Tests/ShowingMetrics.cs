using EventLedger.Proxy.Monitoring;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class ShowingMetrics
{
    [Fact]
    public async Task Json_has_the_names_that_older_scrapers_know()
    {
        await using var upstream = Upstream.StartJson("{}");
        await using var proxy = await TestProxy.StartAsync(upstream);

        var metrics = await proxy.MetricsAsync();

        string[] names = ["published_ok", "publish_failed", "spooled", "spool_drained", "spool_drop_fatal"];

        foreach (var name in names)
        {
            metrics[name]!.GetValue<long>().ShouldBe(0, name);
        }
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1")]
    public async Task A_scraper_that_asks_for_text_gets_it(string accept)
    {
        await using var upstream = Upstream.StartJson("""{"usage":{"total_tokens":15}}""");
        await using var proxy = await TestProxy.StartAsync(upstream);
        await Client.SendOnceAsync(proxy.Port, "/v1/embeddings");
        await Eventually.HoldsAsync(async () =>
            (await proxy.MetricsAsync())["spool_oldest_seconds"]!.GetValue<double>() > 0);

        var response = await Client.SendOnceAsync(proxy.Port, "/metrics", "", $"Accept: {accept}\r\n", "GET");

        response.Head["Content-Type"].ShouldBe(PrometheusText.ContentType);
        var lines = response.Text.TrimEnd('\n').Split('\n');
        lines.ShouldContain("metering_proxy_observed_total 1");
        lines.ShouldContain("metering_proxy_spool_waiting 1");
        lines.ShouldContain("metering_proxy_unmetered_total{reason=\"no_usage\"} 0");
        lines.ShouldContain("metering_proxy_response_seconds_count 1");
        lines.ShouldContain("metering_proxy_spool_wait_seconds_bucket{le=\"+Inf\"} 1");
        lines.ShouldContain("# TYPE metering_proxy_response_seconds histogram");
        lines.Where(line => !line.StartsWith('#')).ShouldAllBe(line => line.Split(' ').Length == 2);
    }

    [Fact]
    public void A_duration_counts_in_the_bounds_that_it_is_within()
    {
        var histogram = new Histogram();

        histogram.Add(TimeSpan.FromMilliseconds(1));
        histogram.Add(TimeSpan.FromMilliseconds(1.1));
        histogram.Add(TimeSpan.FromHours(1));

        var counts = histogram.Cumulative();
        counts[3].ShouldBe(0);
        counts[4].ShouldBe(1);
        counts[5].ShouldBe(2);
        counts[^2].ShouldBe(2);
        counts[^1].ShouldBe(3);
        histogram.Sum.ShouldBe(TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(2.1));
    }
}
