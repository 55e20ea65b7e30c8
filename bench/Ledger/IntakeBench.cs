using System.Diagnostics;
using EventLedger.Contracts;
using EventLedger.Nats;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Ledger.Bench;

/// <summary>From JetStream to the commit, balances included: published and booked at the same time.</summary>
internal static class IntakeBench
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Messages a second, from the first one published to the last one committed.</summary>
    public static async Task<double> MeasureAsync(RunningLedger ledger, string run, int messages, int customers)
    {
        await using var connection = NatsConnection.Start(
            new() { Url = ledger.NatsUrl }, NullLoggerFactory.Instance, TimeProvider.System);
        await using var publisher = new JetStream(connection).CreatePublisher(new PublisherOptions());
        var bodies = Enumerable.Range(0, messages).Select(n => Envelopes.Make(run, n, customers)).ToArray();
        var before = await EntriesAsync(ledger);
        var started = Stopwatch.GetTimestamp();

        await PublishAsync(publisher, run, bodies);
        var published = Stopwatch.GetElapsedTime(started);
        await Eventually.HoldsAsync(async () => await EntriesAsync(ledger) >= before + messages, Limit);
        var elapsed = Stopwatch.GetElapsedTime(started);
        Console.WriteLine($"    published at {messages / published.TotalSeconds:N0}/s");
        return messages / elapsed.TotalSeconds;
    }

    private static async Task PublishAsync(JetStreamPublisher publisher, string run, byte[][] bodies)
    {
        const int Publishers = 512;
        var next = -1;

        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var n && n < bodies.Length)
            {
                await publisher.PublishAsync(
                    UsageStream.Subject, $"{run}-{n}", default, bodies[n], CancellationToken.None);
            }
        }));
    }

    private static Task<long> EntriesAsync(RunningLedger ledger) =>
        ledger.ReadAsync("select coalesce(sum(entries), 0)::bigint from balances");
}
