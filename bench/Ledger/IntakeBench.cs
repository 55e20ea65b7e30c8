using System.Diagnostics;
using EventLedger.Contracts;
using EventLedger.Nats;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Ledger.Bench;

/// <summary>From JetStream to the commit, balances included.</summary>
internal static class IntakeBench
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Messages a second, published meanwhile: from the first publish to the last commit.</summary>
    public static async Task<double> MeasureAsync(RunningLedger ledger, string run, int messages, int customers)
    {
        var (entries, head) = (await EntriesAsync(ledger), await HeadAsync(ledger));
        var bodies = Bodies(run, messages, customers);
        var started = Stopwatch.GetTimestamp();
        await PublishAsync(ledger, run, bodies);
        Console.WriteLine($"    published at {messages / Stopwatch.GetElapsedTime(started).TotalSeconds:N0}/s");
        await BookedAsync(ledger, entries + messages, head + messages);
        return messages / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Messages a second, in the stream already: from the first one taken to the last commit.</summary>
    public static async Task<double> MeasureBacklogAsync(
        RunningLedger ledger, string run, int messages, int customers)
    {
        var (entries, head) = (await EntriesAsync(ledger), await HeadAsync(ledger));
        await ledger.FreezeAsync();
        await PublishAsync(ledger, run, Bodies(run, messages, customers));
        var started = Stopwatch.GetTimestamp();
        await ledger.ThawAsync();
        await BookedAsync(ledger, entries + messages, head + messages);
        return messages / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static byte[][] Bodies(string run, int messages, int customers) =>
        [.. Enumerable.Range(0, messages).Select(n => Envelopes.Make(run, n, customers))];

    // The head is one row; adding up the balances of many customers again and again would slow the intake.
    private static async Task BookedAsync(RunningLedger ledger, long entries, long head)
    {
        await Eventually.HoldsAsync(async () => await HeadAsync(ledger) >= head, Limit);
        await Eventually.HoldsAsync(async () => await EntriesAsync(ledger) >= entries, Limit);
    }

    private static async Task PublishAsync(RunningLedger ledger, string run, byte[][] bodies)
    {
        const int Publishers = 512;
        await using var connection = NatsConnection.Start(
            new() { Url = ledger.NatsUrl }, NullLoggerFactory.Instance, TimeProvider.System);
        await using var publisher = new JetStream(connection).CreatePublisher(new PublisherOptions());
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

    private static Task<long> HeadAsync(RunningLedger ledger) => ledger.ReadAsync("select position from head");

    private static Task<long> EntriesAsync(RunningLedger ledger) =>
        ledger.ReadAsync("select coalesce(sum(entries), 0)::bigint from balances");
}
