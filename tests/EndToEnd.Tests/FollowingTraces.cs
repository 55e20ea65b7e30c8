using System.Net.Sockets;
using EventLedger.Testing;

namespace EventLedger.EndToEnd.Tests;

public class FollowingTraces
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Caller = ObservedPrograms.CallerSpan;
    private const string CollectorKey = "the-key-of-the-collector";

    private static readonly TimeSpan ExportLimit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_request_is_followed_by_its_trace_id_from_the_proxy_to_the_event()
    {
        await using var collector = await Collector.StartAsync();
        await using var programs = await ObservedPrograms.StartAsync(ExportedTo(collector.Url));

        await programs.AskAsync(TraceId);
        await BookedAsync(programs, collector);

        var trace = collector.Spans.Where(span => span.TraceId == TraceId).ToArray();
        var request = trace.Single(span => span is { Service: "metering-proxy", ParentId: Caller, Name: "POST" });
        var publish = trace.Single(span => span.Name.StartsWith("publish"));
        var book = trace.Single(span => span is { Service: "ledger", Name: "book" });
        publish.ParentId.ShouldBe(request.SpanId);
        book.ParentId.ShouldBe(request.SpanId);
        book.Tags["ledger.outcome"].ShouldBe("Booked");
        (await IsStoredAsync(programs, book.Tags["ledger.event_id"])).ShouldBeTrue();
        collector.Spans.Single(span => span.Name == "commit" && span.LinkedSpanIds.Contains(book.SpanId))
            .SpanId.ShouldBe(book.LinkedSpanIds.ShouldHaveSingleItem());
    }

    [Fact]
    public async Task A_record_that_a_later_life_publishes_is_still_in_its_trace()
    {
        await using var collector = await Collector.StartAsync();
        await using var programs = await ObservedPrograms.StartAsync(ExportedTo(collector.Url));
        await programs.Nats.KillAsync();

        await programs.AskAsync(TraceId);
        await programs.KillProxyAsync();
        await programs.Nats.RestartAsync();
        await programs.StartProxyAsync();

        await BookedAsync(programs, collector);
    }

    [Fact]
    public async Task Metrics_and_logs_of_both_arrive_and_no_secret_does()
    {
        await using var collector = await Collector.StartAsync();
        await using var programs = await ObservedPrograms.StartAsync(ExportedTo(collector.Url));
        await programs.AskAsync(TraceId);
        await BookedAsync(programs, collector);
        using var refused = new HttpRequestMessage(
            HttpMethod.Get, $"/billing/customers/amina/balance?key={CollectorKey}");
        refused.Headers.Add("Authorization", $"Bearer {ObservedPrograms.Key}");
        ((int)(await programs.Ledger.SendAsync(refused)).StatusCode).ShouldBe(401);

        await Eventually.HoldsAsync(
            () => new[]
            {
                ("ledger", "ledger.submissions"), ("ledger", "ledger.position"), ("ledger", "nats.settled"),
                ("ledger", "http.server.request.duration"), ("metering-proxy", "metering_proxy_observed"),
                ("metering-proxy", "metering_proxy_response_seconds"), ("metering-proxy", "nats.published"),
            }.All(collector.Metrics.Contains),
            ExportLimit);
        (await programs.StopAsync()).ShouldAllBe(exitCode => exitCode == 0);

        collector.Logs.ShouldContain(line => line.Service == "ledger" && line.Text.StartsWith("Connected to"));
        collector.Logs.ShouldContain(
            line => line.Service == "metering-proxy" && line.Text.StartsWith("Publishing stops"));
        collector.Spans.ShouldContain(span => span.Name == "GET /billing/customers/{customerId}/balance");
        string[] secrets =
            [ObservedPrograms.Key, ObservedPrograms.JwtSecret, ObservedPrograms.DatabasePassword, CollectorKey];
        (collector.Everything + programs.Printed).ShouldSatisfyAllConditions(
            [.. secrets.Select(secret => (Action<string>)(all => all.Contains(secret).ShouldBeFalse(secret)))]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_a_collector_that_answers_nothing_fails_or_waits(bool isThere)
    {
        using var silent = new TcpListener(System.Net.IPAddress.Loopback, FreePort.Next());

        if (isThere)
        {
            silent.Start();
        }

        await using var programs = await ObservedPrograms.StartAsync(ExportedTo($"http://{silent.LocalEndpoint}"));

        for (var n = 0; n < 50; n++)
        {
            await programs.AskAsync(TraceId);
        }

        await Eventually.HoldsAsync(async () => await programs.EventsAsync() == 50);
        (await programs.StopAsync()).ShouldAllBe(exitCode => exitCode == 0);
    }

    [Fact]
    public async Task Where_no_variable_says_where_to_nothing_that_exports_is_even_loaded()
    {
        await using var programs = await ObservedPrograms.StartAsync(("LOG_FORMAT", "json"));

        await programs.AskAsync(TraceId);
        await Eventually.HoldsAsync(async () => await programs.EventsAsync() == 1);

        programs.LoadedFiles().ShouldContain("Npgsql.dll");
        programs.LoadedFiles().ShouldNotContain("OpenTelemetry");
        programs.Printed.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ShouldAllBe(line => line.StartsWith("{\"time\":"));
    }

    private static (string, string)[] ExportedTo(string url) =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_HEADERS", $"x-key={CollectorKey}"), ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "100"), ("OTEL_METRIC_EXPORT_INTERVAL", "250"),
    ];

    private static async Task BookedAsync(ObservedPrograms programs, Collector collector)
    {
        await Eventually.HoldsAsync(async () => await programs.EventsAsync() == 1);
        await Eventually.HoldsAsync(
            () => collector.Spans is var spans
                && spans.Any(span => span is { TraceId: TraceId, Name: "book" })
                && spans.Any(span => span is { TraceId: TraceId, Name: ['p', 'u', 'b', ..] })
                && spans.Any(span => span.Name == "commit"),
            ExportLimit);
    }

    private static async Task<bool> IsStoredAsync(ObservedPrograms programs, string eventId)
    {
        await using var find = programs.Sql.CreateCommand("select count(*) from mt_events where id = $1");
        find.Parameters.Add(new() { Value = Guid.Parse(eventId) });
        return await find.ExecuteScalarAsync() is 1L;
    }
}
