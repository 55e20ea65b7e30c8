using System.Net.Http.Json;
using System.Text.Json;
using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Sources;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

public class MissingSequences
{
    [Fact]
    public async Task What_a_producer_counted_and_nobody_saw_is_shown_a_minute_later()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        await SendAsync(producer, [1, 2, 5, 6, 9, 10]);
        await producer.EverythingIsAcknowledgedAsync();
        await HasGapsAsync(ledger, "3-4 7-8");

        (await GapsAsync(ledger)).ShouldBe("");

        await PassAMinuteAsync(ledger);
        (await GapsAsync(ledger)).ShouldBe("3-4 7-8");
        (await ledger.MetricsAsync())["ledger_missing"].ShouldBe(4);

        await SendAsync(producer, [4, 7, 8]);
        await HasGapsAsync(ledger, "3-3");
        (await GapsAsync(ledger)).ShouldBe("3-3");

        await SendAsync(producer, [3]);
        await HasGapsAsync(ledger, "");
        (await ledger.MetricsAsync())["ledger_missing"].ShouldBe(0);
    }

    [Fact]
    public async Task What_waits_or_could_not_be_booked_is_not_missing()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        await SendAsync(producer, [1, 4]);
        await producer.PublishAsync(Counted(2, Envelopes.Of("nobody", "r-2", tenant: null)));
        await producer.PublishAsync(Counted(3, Envelopes.Of("", "r-3")));
        await producer.EverythingIsAcknowledgedAsync();
        await HasGapsAsync(ledger, "2-3");

        await PassAMinuteAsync(ledger);

        (await GapsAsync(ledger)).ShouldBe("");
        (await ledger.MetricsAsync())["ledger_missing"].ShouldBe(0);
    }

    [Fact]
    public async Task Absurd_sequences_are_no_reason_to_stop_counting()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);

        foreach (var sequence in new[] { long.MaxValue - 1, EnvelopeReader.SequenceMax + 1, -1 })
        {
            await producer.PublishAsync(Counted(sequence, Envelopes.Of("c", $"r-{sequence}")));
        }

        for (var epoch = 0; epoch < 3; epoch++)
        {
            await producer.PublishAsync(
                Counted(EnvelopeReader.SequenceMax, Envelopes.Of("c", $"e-{epoch}")).Replace("e-1", $"e-{epoch}"));
        }

        await producer.EverythingIsAcknowledgedAsync();
        var gap = $"1-{EnvelopeReader.SequenceMax - 1}";
        await HasGapsAsync(ledger, $"{gap} {gap} {gap}");
        await PassAMinuteAsync(ledger);

        (await ledger.MetricsAsync())["ledger_missing"].ShouldBe(3e15);

        // As if many had counted so.
        await ledger.ExecuteAsync($"""
            insert into source_gaps
            select 's', n::text, 1, {EnvelopeReader.SequenceMax}, now() - interval '1 hour'
            from generate_series(1, 10000) as n
            """);
        (await ledger.MetricsAsync())["ledger_missing"].ShouldBe(long.MaxValue, tolerance: 1e6);
        (await GapsAsync(ledger)).Split(' ').Length.ShouldBe(MissingEnvelopes.GapsMax);
    }

    [Fact]
    public async Task Names_that_no_index_could_hold_are_not_followed_and_their_envelopes_kept()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        var random = new Random(7);
        var name = string.Concat(Enumerable.Range(0, 512).Select(_ => (char)random.Next(0x4E00, 0x9FA0)));

        foreach (var customer in new[] { "c", "nobody", "" })
        {
            await producer.PublishAsync(
                Counted(2, Envelopes.Of(customer, "r", tenant: customer == "c" ? "t" : null))
                    .Replace("proxy-1", name).Replace("e-1", name));
        }

        await SendAsync(producer, [2]);
        await producer.EverythingIsAcknowledgedAsync();

        await HasGapsAsync(ledger, "1-1");
        (await ledger.ScalarAsync<long>("select count(*) from waiting where sequence is null")).ShouldBe(1);
        (await ledger.ScalarAsync<long>("select count(*) from dead_letters where sequence is null")).ShouldBe(1);
    }

    [Fact]
    public async Task What_is_kept_is_taken_off_before_the_oldest_gaps_are_picked()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.ExecuteAsync($"""
            insert into waiting
                (published_at, stream_sequence, customer_id, body, next_attempt_at, source, epoch, sequence)
            select now(), n, 'nobody', '', now() + interval '1 day', 's', 'e', 2 * n
            from generate_series(1, {MissingEnvelopes.GapsMax}) as n;
            insert into source_gaps
            select 's', 'e', 2 * n, 2 * n, now() - interval '2 hours'
            from generate_series(1, {MissingEnvelopes.GapsMax}) as n;
            insert into source_gaps values ('s', 'e', 5000, 5001, now() - interval '1 hour')
            """);

        (await GapsAsync(ledger)).ShouldBe("5000-5001");
        (await ledger.MetricsAsync())["ledger_missing"].ShouldBe(2);
    }

    [Fact]
    public async Task Who_counts_with_gaps_is_shown()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.ExecuteAsync(
            "insert into source_sequences values ('proxy-1', 'e-1', '{[1,9)}', '2026-11-22T12:00:00Z', true)");

        var page = await ledger.Client.GetFromJsonAsync<JsonElement>("/billing/sources/gaps");

        page.GetProperty("sparse").EnumerateArray().Single().GetProperty("source").GetString().ShouldBe("proxy-1");
        (await ledger.MetricsAsync())["ledger_sources_sparse"].ShouldBe(1);
    }

    private static Task SendAsync(Producer producer, int[] sequences) => Task.WhenAll(sequences.Select(
        sequence => producer.PublishAsync(Counted(sequence, Envelopes.Of("c", $"r-{sequence}")))));

    private static string Counted(long sequence, string envelope) => envelope.Replace(
        "\"latency_ms\"", $"\"source\":\"proxy-1\",\"epoch\":\"e-1\",\"sequence\":{sequence},\"latency_ms\"");

    private static async Task HasGapsAsync(LedgerHost ledger, string gaps) => await Eventually.BecomesAsync(
        () => ledger.ScalarAsync<string>(
            "select coalesce(string_agg(first || '-' || last, ' ' order by first), '') from source_gaps"),
        found => found == gaps);

    private static Task PassAMinuteAsync(LedgerHost ledger) =>
        ledger.ExecuteAsync("update source_gaps set found_at = found_at - interval '61 seconds'");

    private static async Task<string> GapsAsync(LedgerHost ledger)
    {
        var page = await ledger.Client.GetFromJsonAsync<JsonElement>("/billing/sources/gaps");
        return string.Join(' ', page.GetProperty("items").EnumerateArray()
            .Select(gap => $"{gap.GetProperty("first").GetInt64()}-{gap.GetProperty("last").GetInt64()}"));
    }
}
