using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EventLedger.Contracts;
using EventLedger.Contracts.Reports;
using EventLedger.Ledger.Sources;
using EventLedger.Nats;
using EventLedger.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace EventLedger.Ledger.Tests;

public class ConservingByHour
{
    private static readonly DateTimeOffset Hour = DateTimeOffset.Parse("2026-11-21T17:00:00Z");

    [Fact]
    public async Task Each_hour_of_a_producer_adds_up_on_its_own()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        await producer.PublishAsync(Counted(1, Envelopes.Of("c", "r-1")));
        await producer.PublishAsync(Counted(2, Envelopes.Of("nobody", "r-2", tenant: null)));
        await producer.PublishAsync(Counted(3, Envelopes.Of("", "r-3")));
        await producer.PublishAsync(Counted(4, Envelopes.Of("c", "r-4")).Replace("T17:00:00Z", "T20:59:59.9+02:00"));
        await producer.EverythingIsAcknowledgedAsync();
        await ReportAsync(ledger, new(Hour, 5, 3, 1, 1, 0), new(Hour.AddHours(1), 1, 1, 0, 0, 0));

        (await ShowAsync(ledger)).ShouldBe(["18: 1 = 1 + 0 + 0 + 0 agrees", "17: 3 = 1 + 0 + 1 + 1 agrees"]);
    }

    [Fact]
    public async Task A_copy_counts_on_neither_side_and_a_twin_as_a_duplicate()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);

        foreach (var sequence in new[] { 1, 1, 2, 2, 2 })
        {
            await producer.PublishAsync(Counted(sequence, Envelopes.Of("c", "the same")));
        }

        await producer.EverythingIsAcknowledgedAsync();
        await ReportAsync(ledger, new HourFigures(Hour, 2, 2, 0, 0, 0));

        (await ShowAsync(ledger)).ShouldBe(["17: 2 = 1 + 1 + 0 + 0 agrees"]);
        (await ledger.MetricsAsync())["ledger_missing"].ShouldBe(0);
        await RolledUpAsync(ledger);
        (await ledger.RunAsync("status", "--sources", "--output", "csv")).Output
            .ShouldContain("proxy-1,1,2,1,1,0,0,0,false");
    }

    [Fact]
    public async Task Copies_of_what_is_rolled_up_are_not_even_kept()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        await producer.PublishAsync(Counted(1, Envelopes.Of("c", "r")));
        await producer.EverythingIsAcknowledgedAsync();
        await RolledUpAsync(ledger);

        await producer.PublishAsync(Counted(1, Envelopes.Of("c", "r")));
        await producer.EverythingIsAcknowledgedAsync();

        (await ledger.ScalarAsync<long>("select count(*) from source_repeats")).ShouldBe(0);
    }

    [Fact]
    public async Task What_was_dead_and_is_booked_counts_once()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        await producer.PublishAsync(Counted(1, Envelopes.Of("c", "r", micro: -9_000_000_000_000_000_000)));
        await producer.PublishAsync(Counted(2, Envelopes.Of("c", "s", micro: -9_000_000_000_000_000_000)));
        await producer.EverythingIsAcknowledgedAsync();
        await ReportAsync(ledger, new HourFigures(Hour, 2, 2, 0, 0, 0));
        (await ShowAsync(ledger)).ShouldBe(["17: 2 = 1 + 0 + 0 + 1 agrees"]);

        var letter = (await ledger.DeadLettersAsync()).Single().GetProperty("id");
        await ledger.Client.PostAsync(
            "/billing/credits",
            new StringContent(
                """{"grant_id":"g","customer_id":"c","amount_micro_omr":9000000000000000000,"reason":"x"}""",
                Encoding.UTF8, "application/json"));
        (await ledger.Client.PostAsync($"/billing/dead-letters/{letter}/retry", null)).EnsureSuccessStatusCode();

        (await ShowAsync(ledger)).ShouldBe(["17: 2 = 2 + 0 + 0 + 0 agrees"]);
    }

    [Fact]
    public async Task Figures_that_may_still_change_are_not_compared()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ReportAsync(ledger, new HourFigures(Hour, 2, 1, 0, 0, 0));
        (await ShowAsync(ledger)).ShouldBe(["17: 1 = 0 + 0 + 0 + 0 differs"]);

        (await ShowAsync(ledger, unsettledSince: Conservation.AllUnsettled))
            .ShouldBe(["17: 1 = 0 + 0 + 0 + 0 moving"]);
        await ledger.ExecuteAsync("update source_reports set changed_at = now()");
        (await ShowAsync(ledger)).ShouldBe(["17: 1 = 0 + 0 + 0 + 0 moving"]);
    }

    [Fact]
    public async Task Who_says_nothing_of_what_it_counts_is_shown_and_never_wrong()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        await producer.PublishAsync(Counted(1, Envelopes.Of("c", "r")));
        await producer.EverythingIsAcknowledgedAsync();

        (await ShowAsync(ledger)).ShouldBe(["17:  = 1 + 0 + 0 + 0 unreported"]);
        (await ledger.RunAsync("conservation", "--from", "2026-11-01")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Spools_of_one_source_add_up_and_nothing_counts_backwards()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var spool = Guid.NewGuid();
        await ReportOfAsync(spool, ledger, new HourFigures(Hour, 5, 4, 1, 0, 0));
        await ReportAsync(ledger, new HourFigures(Hour, 2, 2, 0, 0, 0));

        await ReportOfAsync(spool, ledger, new HourFigures(Hour, 4, 4, 0, 0, 0));

        (await ShowAsync(ledger)).ShouldBe(["17: 6 = 0 + 0 + 0 + 0 differs"]);
        (await ledger.ScalarAsync<decimal>("select sum(observed) from source_reports")).ShouldBe(7);
    }

    [Fact]
    public async Task Copies_of_a_producer_that_does_not_count_without_gaps_are_not_taken_for_a_difference()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        await producer.PublishAsync(Counted(1, Envelopes.Of("c", "the same")));
        await producer.PublishAsync(Counted(2, Envelopes.Of("c", "the same")));
        await producer.EverythingIsAcknowledgedAsync();
        await RolledUpAsync(ledger);
        await ReportAsync(ledger, new HourFigures(Hour, 2, 2, 0, 0, 0));
        (await ShowAsync(ledger)).ShouldBe(["17: 2 = 1 + 1 + 0 + 0 agrees"]);

        await ledger.ExecuteAsync("""
            update source_sequences set is_sparse = true, seen = '{[1,3)}', last_at = '2026-11-21T17:30:00Z'
            """);
        (await ShowAsync(ledger)).ShouldBe(["17: 2 = 1 + 0 + 0 + 0 unknown"]);
        (await ledger.RunAsync("conservation", "--from", "2026-11-01")).ExitCode.ShouldBe(0);

        await ledger.ExecuteAsync("update source_sequences set last_at = '2026-11-21T16:59:59Z'");
        (await ShowAsync(ledger)).ShouldBe(["17: 2 = 1 + 0 + 0 + 0 differs"]);
    }

    [Fact]
    public async Task An_hour_that_differs_is_seen_behind_any_number_of_others()
    {
        const int Sources = 30;
        const int Hours = 200;
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.ExecuteAsync($"""
            insert into source_reports (source, hour, spool, observed, published, spooled, refused, lost, changed_at)
            select 'proxy-' || source, date_trunc('hour', now(), 'UTC') - hour * interval '1 hour', gen_random_uuid(),
                1, (hour = {Hours} and source = {Sources})::int, (hour < {Hours} or source < {Sources})::int, 0, 0,
                now() - interval '1 hour'
            from generate_series(1, {Sources}) as source, generate_series(1, {Hours}) as hour
            """);

        (await ledger.MetricsAsync())[$"ledger_conservation_differing{{source=\"proxy-{Sources}\"}}"].ShouldBe(1);
        (await ledger.RunAsync("conservation", "--from", "2020-01-01")).ExitCode.ShouldBe(1);
        var seen = new List<JsonElement>();

        for (var to = "2100-01-01"; to is not null;)
        {
            var page = await ledger.Client.GetFromJsonAsync<JsonElement>(
                $"/billing/conservation?from=2020-01-01&to={Uri.EscapeDataString(to)}");
            seen.AddRange(page.GetProperty("items").EnumerateArray());
            to = page.GetProperty("next").GetString();
        }

        seen.Count.ShouldBe(Sources * Hours);
        seen.Select(item => (item.GetProperty("source").GetString(), item.GetProperty("hour").GetString()))
            .ShouldBeUnique();
        seen.Count(item => item.GetProperty("state").GetString() is "differs").ShouldBe(1);
    }

    [Fact]
    public async Task What_is_no_report_is_left_out()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var connection = ledger.Services.GetRequiredService<NatsConnection>();
        await connection.PublishAsync(UsageStream.ReportSubject, "nothing"u8.ToArray(), CancellationToken.None);

        await ReportAsync(ledger, new HourFigures(Hour, 1, 0, 1, 0, 0));

        (await ledger.ScalarAsync<long>("select count(*) from source_reports")).ShouldBe(1);
    }

    private static string Counted(int sequence, string envelope) => envelope.Replace(
        "\"latency_ms\"", $"\"source\":\"proxy-1\",\"epoch\":\"e-1\",\"sequence\":{sequence},\"latency_ms\"");

    private static Task RolledUpAsync(LedgerHost ledger) => Eventually.HoldsAsync(
        async () => await ledger.ScalarAsync<long>("select count(*) from source_hours") == 1);

    private static Task ReportAsync(LedgerHost ledger, params HourFigures[] hours) =>
        ReportOfAsync(Guid.NewGuid(), ledger, hours);

    // Nobody keeps a report, so it is said until it is heard; a minute later all is settled.
    private static async Task ReportOfAsync(Guid spool, LedgerHost ledger, params HourFigures[] hours)
    {
        var connection = ledger.Services.GetRequiredService<NatsConnection>();
        var report = new HourReport("proxy-1", spool, hours).ToBytes();
        var heard = $"select count(*) from source_reports where spool = '{spool}' and spooled = {hours[0].Spooled}";
        await Eventually.HoldsAsync(async () =>
        {
            await connection.PublishAsync(UsageStream.ReportSubject, report, CancellationToken.None);
            return await ledger.ScalarAsync<long>(heard) > 0;
        });
        await ledger.ExecuteAsync("update source_reports set changed_at = now() - interval '61 seconds'");
    }

    private static async Task<string[]> ShowAsync(LedgerHost ledger, DateTimeOffset? unsettledSince = null)
    {
        var hours = await Conservation.ReadAsync(
            ledger.Sql, new HourFilter(Hour.AddDays(-1)), unsettledSince, CancellationToken.None).ToListAsync();
        return
        [
            .. hours.Select(hour => $"{hour.Hour.Hour}: {hour.Reported?.Published} = {hour.Booked} + {hour.Duplicates} "
                + $"+ {hour.Waiting} + {hour.DeadLetters} {hour.State}".ToLowerInvariant()),
        ];
    }
}
