using System.Text.Json;
using EventLedger.Testing;

namespace EventLedger.EndToEnd.Tests;

public class ConservingEnvelopes
{
    [Fact]
    public async Task All_that_was_observed_is_accounted_for_to_the_last_envelope()
    {
        await using var pipeline = await Pipeline.StartAsync();

        await SendThroughTroubleAsync(pipeline);

        var (exitCode, total) = await ConserveAsync(pipeline);
        total.ShouldBe(new Figures(
            Observed: 188, Published: 188, Spooled: 0, Booked: 180, Duplicates: 0, Waiting: 3, DeadLetters: 5,
            ProxyDifference: 0, LedgerDifference: 0, States: "agrees"));
        exitCode.ShouldBe(0);
        (await DifferingAsync(pipeline)).ShouldBe("0");
    }

    [Fact]
    public async Task An_envelope_that_was_removed_from_the_stream_shows()
    {
        await using var pipeline = await Pipeline.StartAsync();
        await pipeline.SendAsync(first: 0, count: 20);
        await pipeline.SettlesAsync();
        await pipeline.KillLedgerAsync();
        await pipeline.SendAsync(first: 20, count: 1);
        await Eventually.HoldsAsync(async () => await pipeline.CountedAsync("published") == 21);

        await pipeline.RemoveNewestAsync();
        await pipeline.StartLedgerAsync();
        await pipeline.SettlesAsync();
        await pipeline.HearsAsync(published: 21);

        var (exitCode, total) = await ConserveAsync(pipeline);
        (total.Published, total.Booked, total.LedgerDifference).ShouldBe((21, 20, 1));
        total.States.ShouldContain("differs");
        exitCode.ShouldBe(1);
        (await DifferingAsync(pipeline)).ShouldBe("1");
        var page = JsonElement.Parse(
            await pipeline.Ledger.GetStringAsync($"/billing/conservation?source={Pipeline.Source}"));
        page.GetProperty("items").EnumerateArray().Select(hour => $"{hour.GetProperty("state")}")
            .ShouldContain("differs");
    }

    // A ledger and a proxy that are killed, a broker that is away, envelopes that come twice, wait, or can't be booked.
    private static async Task SendThroughTroubleAsync(Pipeline pipeline)
    {
        await pipeline.SendAsync(first: 0, count: 100);
        await pipeline.KillLedgerAsync();
        await pipeline.SendAsync(first: 100, count: 30);
        await pipeline.Nats.KillAsync();
        await pipeline.SendAsync(first: 130, count: 50);
        (await pipeline.CountedAsync("spooled")).ShouldBeGreaterThanOrEqualTo(50);
        await pipeline.RestartProxyAsync();
        (await pipeline.CountedAsync("spooled")).ShouldBeGreaterThanOrEqualTo(50);
        await pipeline.Nats.RestartAsync();
        await pipeline.StartLedgerAsync();
        await pipeline.SettlesAsync();
        await Parallel.ForAsync(1, 41, async (sequence, _) => await pipeline.CopyAsync(sequence));
        await pipeline.SendAsync(first: 180, count: 5, customer: null);
        await pipeline.SendAsync(first: 185, count: 3, customer: "nobody", tenant: null);
        await pipeline.SettlesAsync();
        await pipeline.HearsAsync(published: 188);
    }

    private static async Task<(int ExitCode, Figures Total)> ConserveAsync(Pipeline pipeline)
    {
        var (exitCode, output) = await pipeline.RunVerbAsync("conservation", "--output", "json");
        var hours = JsonElement.Parse(output).EnumerateArray().ToArray();

        return (exitCode, new Figures(
            Sum("observed"), Sum("published"), Sum("spooled"), Sum("booked"), Sum("duplicates"), Sum("waiting"),
            Sum("dead_letters"), Sum("proxy_difference"), Sum("ledger_difference"),
            string.Join(' ', hours.Select(hour => $"{hour.GetProperty("state")}").Distinct())));

        long Sum(string name) => hours.Sum(hour => hour.GetProperty(name).GetInt64());
    }

    private static async Task<string> DifferingAsync(Pipeline pipeline)
    {
        const string Name = "ledger_conservation_differing{source=\"" + Pipeline.Source + "\"} ";
        var page = await pipeline.Ledger.GetStringAsync("/metrics");
        return page.Split('\n').Single(line => line.StartsWith(Name, StringComparison.Ordinal))[Name.Length..];
    }

    private sealed record Figures(
        long Observed, long Published, long Spooled, long Booked, long Duplicates, long Waiting, long DeadLetters,
        long ProxyDifference, long LedgerDifference, string States);
}
