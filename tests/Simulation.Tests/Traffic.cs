using System.Diagnostics;
using System.Globalization;
using EventLedger.Ledger.Tests;
using EventLedger.Testing;

namespace EventLedger.Simulation.Tests;

/// <summary>
/// Envelopes at a steady pace from a producer that gives up none: what can't be sent now is sent as soon as it can be.
/// </summary>
internal sealed class Traffic : IAsyncDisposable
{
    private const int PerSecond = 2000;
    private const int Customers = 100;
    private const int UnansweredMax = 10_000;
    private const int BeatMs = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Producer producer;
    private readonly SemaphoreSlim room = new(UnansweredMax);
    private readonly CancellationTokenSource ending = new();
    private readonly long[] charged = new long[Customers];
    private readonly Task sending;
    private long sent;

    public Traffic(LedgerHost ledger)
    {
        producer = new Producer(ledger.Nats.Url, Patience);
        sending = Task.Run(SendAsync);
    }

    public Producer Producer => producer;

    public long Sent => Interlocked.Read(ref sent);

    /// <summary>Lets it go on until so many more were sent.</summary>
    public Task GoesOnAsync(int count)
    {
        var until = Sent + count;
        return Eventually.HoldsAsync(() => sending.IsFaulted || Sent >= until, Patience);
    }

    /// <summary>Ends it, and waits until the broker and then the ledger have taken everything.</summary>
    public async Task EndAsync()
    {
        await ending.CancelAsync();
        await sending;

        for (var unanswered = 0; unanswered < UnansweredMax; unanswered++)
        {
            await room.WaitAsync();
        }

        await producer.EverythingIsAcknowledgedAsync(Patience);
    }

    /// <summary>Each customer was charged what was sent for it, in as many entries.</summary>
    public async Task IsBookedExactlyAsync(LedgerHost ledger)
    {
        var balances = string.Join(' ', charged.Select((amount, at) => $"c-{at:000}:{-amount}"));
        (await ledger.ScalarAsync<string>("""
            select string_agg(customer_id || ':' || balance, ' ' order by customer_id) from balances
            """)).ShouldBe(balances);
        (await ledger.ScalarAsync<long>("select count(*) from mt_events where type = 'usage_recorded'")).ShouldBe(Sent);
        (await ledger.ScalarAsync<long>("select count(*) from waiting")).ShouldBe(0);
        (await ledger.ScalarAsync<long>("select count(*) from dead_letters")).ShouldBe(0);
        await ledger.ShouldVerifyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await producer.DisposeAsync();
        ending.Dispose();
    }

    private async Task SendAsync()
    {
        var started = Stopwatch.StartNew();

        while (!ending.IsCancellationRequested)
        {
            var due = (long)(started.Elapsed.TotalSeconds * PerSecond);

            for (; sent < due; Interlocked.Increment(ref sent))
            {
                await room.WaitAsync(ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

                if (ending.IsCancellationRequested)
                {
                    return;
                }

                _ = SendOneAsync(sent);
            }

            await Elapse.ForAsync(BeatMs);
        }
    }

    // One that fails keeps its place in the room, so that the end is never reached.
    private async Task SendOneAsync(long number)
    {
        var customer = (int)(number % Customers);
        var amount = (number % 7) + 1;
        charged[customer] += amount;
        await producer.PublishAsync(Envelopes.Of(
            string.Create(CultureInfo.InvariantCulture, $"c-{customer:000}"), $"r-{number}", -amount));
        room.Release();
    }
}
