using System.Diagnostics.Metrics;
using System.Text;
using System.Text.RegularExpressions;
using EventLedger.Ledger.Monitoring;
using EventLedger.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace EventLedger.Ledger.Tests;

public partial class ShowingMetrics
{
    private const int MatchLimitMs = 1000;
    private const RegexOptions Options = RegexOptions.ExplicitCapture;

    [Fact]
    public async Task What_became_of_each_submission_is_counted()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        await ledger.RecordAsync(Envelopes.Of("c", "r-1"), 200);
        await ledger.RecordAsync(Envelopes.Of("c", "r-1"), 200);
        await ledger.RecordAsync(Envelopes.Of("c", "r-1", micro: -1), 409);
        await producer.PublishAsync(Envelopes.Of("c", "r-2"));
        await producer.PublishAsync(Envelopes.Of("nobody", "r-3", tenant: null));
        await producer.PublishAsync("{}");
        await producer.EverythingIsAcknowledgedAsync();

        var metrics = await ledger.MetricsAsync();

        metrics["ledger_submissions_total{outcome=\"booked\"}"].ShouldBe(2);
        metrics["ledger_submissions_total{outcome=\"duplicate\"}"].ShouldBe(1);
        metrics["ledger_submissions_total{outcome=\"conflict\"}"].ShouldBe(1);
        metrics["ledger_submissions_total{outcome=\"waiting\"}"].ShouldBe(1);
        metrics["ledger_submissions_total{outcome=\"dead_letter\"}"].ShouldBe(1);
        metrics["ledger_waiting"].ShouldBe(1);
        metrics["ledger_dead_letters"].ShouldBe(1);
        metrics["ledger_commit_duration_seconds_count"].ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_scraper_has_its_page_before_it_gives_up_though_nothing_can_be_counted()
    {
        await using var ledger = await LedgerHost.StartAsync();
        using var scraper = new HttpClient
        {
            BaseAddress = ledger.Client.BaseAddress,
            Timeout = TimeSpan.FromSeconds(10),
        };
        await using var connection = await ledger.Sql.OpenConnectionAsync();
        await using var holding = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand(
            "lock table waiting, source_gaps in access exclusive mode", connection);
        await hold.ExecuteNonQueryAsync();

        var metrics = await LedgerHost.MetricsAsync(scraper);

        metrics["ledger_database_up"].ShouldBe(1);
        metrics.Keys.ShouldNotContain("ledger_waiting");
        metrics.Keys.ShouldNotContain("ledger_missing");
    }

    [Fact]
    public async Task Every_line_is_of_the_exposition_format()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);

        var page = await ledger.Client.GetStringAsync("/metrics");

        page.ShouldEndWith("\n");
        page[..^1].Split('\n')
            .ShouldAllBe(line => Help().IsMatch(line) || Type().IsMatch(line) || Sample().IsMatch(line));
        Type().Matches(page).Select(type => type.Groups["name"].Value).ShouldBeUnique();
    }

    [Fact]
    public void Label_values_are_escaped_and_numbers_added_up_by_labels()
    {
        using var meter = new Meter("test");
        var metric = new Metric(meter.CreateCounter<long>("a.b", "By", "Two\nlines \\ of help."));
        metric.Take(1, [new("to", "a\"b\\c\nd")]);
        metric.Take(2, [new("to", "a\"b\\c\nd")]);

        TextOf(metric).ShouldBe(
            "# HELP a_b_bytes_total Two\\nlines \\\\ of help.\n# TYPE a_b_bytes_total counter\n"
            + "a_b_bytes_total{to=\"a\\\"b\\\\c\\nd\"} 3\n");
    }

    [Fact]
    public void Histograms_count_what_is_at_most_as_large()
    {
        using var meter = new Meter("test");
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] };
        var metric = new Metric(meter.CreateHistogram("d", "s", "Help.", tags: null, advice));
        metric.Take(1, []);
        metric.Take(1.5, []);
        metric.Take(9, []);

        TextOf(metric).ShouldEndWith(
            "d_seconds_bucket{le=\"1\"} 1\nd_seconds_bucket{le=\"2\"} 2\nd_seconds_bucket{le=\"+Inf\"} 3\n"
            + "d_seconds_sum 11.5\nd_seconds_count 3\n");
    }

    [Fact]
    public async Task Scrapes_at_the_same_time_each_show_every_gauge()
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var page = new PrometheusPage(meters);
        var meter = meters.Create("EventLedger.Test");

        for (var n = 0; n < 50; n++)
        {
            meter.CreateObservableGauge($"gauge.{(char)('a' + (n % 26))}{(char)('a' + (n / 26))}", () => 1);
        }

        await Parallel.ForAsync(0, 2000, (_, _) =>
        {
            Gauge().Count(page.Write()).ShouldBe(50);
            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public async Task Orders_are_counted_by_what_became_of_them()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.GrantAsync("c", "g", micro: 5);
        await ledger.GrantAsync("c", "g", micro: 5);
        await ledger.GrantAsync("c", "g", micro: 6, status: 409);
        await ledger.PostAsync("/billing/customers/nobody/close", """{"reason":"a test's"}""", 404);

        var metrics = await ledger.MetricsAsync();

        metrics["ledger_submissions_total{outcome=\"booked\"}"].ShouldBe(1);
        metrics["ledger_submissions_total{outcome=\"duplicate\"}"].ShouldBe(1);
        metrics["ledger_submissions_total{outcome=\"conflict\"}"].ShouldBe(1);
        metrics["ledger_submissions_total{outcome=\"refused\"}"].ShouldBe(1);
    }

    [Fact]
    public async Task How_far_each_roll_up_is_behind_is_shown_by_its_name()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await Eventually.BecomesAsync(
            async () => (await ledger.MetricsAsync())["ledger_rollup_lag{name=\"statement_totals\"}"], lag => lag == 0);

        // The roll-up can't be taken in any more.
        await ledger.ExecuteAsync("alter table source_sequences rename to elsewhere");
        await ledger.RecordAsync(Envelopes.Of("c", "r-2"), 200);
        await Eventually.BecomesAsync(
            async () => (await ledger.MetricsAsync())["ledger_rollup_lag{name=\"statement_totals\"}"], lag => lag == 0);

        var metrics = await ledger.MetricsAsync();

        metrics["ledger_rollup_lag{name=\"source_sequences\"}"].ShouldBe(1);
        metrics["ledger_waiting"].ShouldBe(0);
        metrics.ShouldNotContainKey("ledger_missing");
    }

    [Fact]
    public void Label_sets_past_the_bound_are_counted_together()
    {
        using var meter = new Meter("test");
        var metric = new Metric(meter.CreateCounter<long>("c"));

        for (var n = 0; n < Metric.SeriesMax + 10; n++)
        {
            metric.Take(1, [new("n", n)]);
        }

        TextOf(metric).Split('\n').Length.ShouldBe(2 + Metric.SeriesMax + 1 + 1);
        TextOf(metric).ShouldContain("c_total{overflow=\"true\"} 10\n");
    }

    private static string TextOf(Metric metric)
    {
        var text = new StringBuilder();
        metric.Write(text);
        return text.ToString();
    }

    [GeneratedRegex("^gauge_[a-z]{2} 1$", Options | RegexOptions.Multiline, MatchLimitMs)]
    private static partial Regex Gauge();

    [GeneratedRegex("^# HELP [a-z_]+ .+$", Options, MatchLimitMs)]
    private static partial Regex Help();

    [GeneratedRegex(
        "^# TYPE (?<name>[a-z_]+) (counter|gauge|histogram)$",
        Options | RegexOptions.Multiline, MatchLimitMs)]
    private static partial Regex Type();

    [GeneratedRegex(
        """^[a-z_]+(\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\})? -?[0-9]+(\.[0-9]+)?$""",
        Options, MatchLimitMs)]
    private static partial Regex Sample();
}
