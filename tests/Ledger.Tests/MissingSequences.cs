using System.Net.Http.Json;
using System.Text.Json;
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

    private static Task SendAsync(Producer producer, int[] sequences) => Task.WhenAll(sequences.Select(
        sequence => producer.PublishAsync(Counted(sequence, Envelopes.Of("c", $"r-{sequence}")))));

    private static string Counted(int sequence, string envelope) => envelope.Replace(
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
