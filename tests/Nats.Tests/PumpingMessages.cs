using System.Collections.Concurrent;
using System.Text;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Nats.Tests;

public class PumpingMessages
{
    [Fact]
    public async Task Every_message_takes_effect_once()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        var book = new Book();
        using var pump = await StartAsync(broker, book);

        await broker.PublishAsync(publisher, count: 2_000);

        await Eventually.HoldsAsync(
            async () => await broker.ConsumerAsync() is { NumAckPending: 0, AckFloor.Stream: 2_000 });
        book.Entries.Count.ShouldBe(2_000);
        book.Entries.Values.ShouldAllBe(times => times == 1);
        await pump.StopAsync(broker.Limit);
    }

    [Fact]
    public async Task Case_55_the_message_at_fault_is_found_and_kept_aside_and_the_others_take_effect()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await broker.PublishAsync(publisher, count: 100);
        var book = new Book { Poison = ["m-17", "m-18", "m-90"] };
        using var pump = await StartAsync(broker, book);

        await Eventually.HoldsAsync(
            async () => await broker.ConsumerAsync() is { NumAckPending: 0, AckFloor.Stream: 100 });

        book.Entries.Count.ShouldBe(97);
        book.KeptAside.Order().ShouldBe(["m-17", "m-18", "m-90"]);
        await pump.StopAsync(broker.Limit);
    }

    [Fact]
    public async Task Case_56_while_the_database_is_away_nothing_is_settled_and_nothing_comes_twice()
    {
        // Longer than a machine under load stands still, and shorter than the outage.
        await using var broker = await Broker.StartAsync(
            consumer: Broker.ConsumerSpec with { AckWait = TimeSpan.FromSeconds(5) });
        await using var publisher = broker.Publisher();
        await broker.PublishAsync(publisher, count: 50);
        var book = new Book { IsAway = true };
        using var pump = await StartAsync(broker, book);
        await Eventually.HoldsAsync(() => book.Attempts > Rounds.Of(few: 65, many: 3_000), Broker.TestLimit);
        (await broker.ConsumerAsync()).AckFloor.Stream.ShouldBe(0UL);
        (await broker.ConsumerAsync()).NumRedelivered.ShouldBe(0);

        book.IsAway = false;

        await Eventually.HoldsAsync(
            async () => await broker.ConsumerAsync() is { NumAckPending: 0, AckFloor.Stream: 50 });
        book.Entries.Values.ShouldAllBe(times => times == 1);
        await pump.StopAsync(broker.Limit);
    }

    [Fact]
    public async Task A_message_to_be_tried_again_comes_again()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await broker.PublishAsync(publisher, count: 3);
        var book = new Book { Later = ["m-2"] };
        using var pump = await StartAsync(broker, book);

        await Eventually.HoldsAsync(() => book.Entries.Count == 3);
        await pump.StopAsync(broker.Limit);
    }

    [Fact]
    public async Task Stopping_finishes_the_batch_at_hand()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        await broker.PublishAsync(publisher, count: 10);
        var book = new Book { Hold = new TaskCompletionSource() };
        using var pump = await StartAsync(broker, book);
        await Eventually.HoldsAsync(() => book.Attempts == 1);

        var stopping = pump.StopAsync(broker.Limit);
        book.Hold.SetResult();
        await stopping;

        await Eventually.HoldsAsync(
            async () => (await broker.ConsumerAsync()).AckFloor.Stream == (ulong)book.Entries.Count);
        book.Entries.ShouldNotBeEmpty();
    }

    private static async Task<MessagePump> StartAsync(Broker broker, Book book)
    {
        var policy = new PumpPolicy
        {
            PauseMin = TimeSpan.FromMilliseconds(20),
            PauseMax = TimeSpan.FromMilliseconds(100),
            ProgressInterval = TimeSpan.FromMilliseconds(200),
        };
        var pump = new MessagePump(
            broker.Consumer(), book, policy, NullLogger<MessagePump>.Instance, TimeProvider.System);
        await pump.StartAsync(CancellationToken.None);
        return pump;
    }

    /// <summary>A handler that books bodies, all of a batch or none.</summary>
    private sealed class Book : IBatchHandler
    {
        private int attempts;

        public ConcurrentDictionary<string, int> Entries { get; } = new();

        public ConcurrentBag<string> KeptAside { get; } = [];

        public HashSet<string> Poison { get; init; } = [];

        public HashSet<string> Later { get; init; } = [];

        public volatile bool IsAway;

        public TaskCompletionSource? Hold { get; init; }

        public int Attempts => attempts;

        public async ValueTask<IReadOnlyList<Outcome>> HandleAsync(
            IReadOnlyList<JetStreamMessage> batch, CancellationToken cancellation)
        {
            Interlocked.Increment(ref attempts);
            await (Hold?.Task ?? Task.CompletedTask);

            if (IsAway)
            {
                throw new TimeoutException("The database is away.");
            }

            string[] bodies = [.. batch.Select(message => Encoding.UTF8.GetString(message.Body.Span))];

            if (bodies.FirstOrDefault(Poison.Contains) is { } poison)
            {
                throw new FormatException(poison);
            }

            return [.. bodies.Select(Enter)];
        }

        public ValueTask QuarantineAsync(JetStreamMessage message, Exception failure, CancellationToken cancellation)
        {
            KeptAside.Add(failure.Message);
            return ValueTask.CompletedTask;
        }

        public FailureKind Judge(Exception failure) =>
            failure is TimeoutException ? FailureKind.Outage : FailureKind.Message;

        private Outcome Enter(string body)
        {
            if (Later.Remove(body))
            {
                return new Outcome(Settle.Retry, TimeSpan.FromMilliseconds(50));
            }

            Entries.AddOrUpdate(body, 1, (_, times) => times + 1);
            return new Outcome(Settle.Done);
        }
    }
}
