using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using EventLedger.Testing;
using Xunit.Abstractions;

namespace EventLedger.Nats.Tests.Chaos;

/// <summary>
/// One round of trouble: a sender that publishes until each message is acknowledged, a book that takes what is
/// delivered, and at the end the comparison of the two. The seed is printed, and replays the round.
/// </summary>
internal sealed class Trial : IAsyncDisposable
{
    private const int Senders = 32;
    private const int SentAtOnce = 10;
    private const long MemoryGrowthMax = 32 * 1024 * 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(Rounds.AreLong ? 5 : 1);

    private readonly ConcurrentDictionary<string, int> booked = new();
    private readonly ConcurrentQueue<Exception> unobserved = new();
    private readonly CancellationTokenSource limit = new(Limit);
    private readonly NatsConnection sending;
    private readonly NatsConnection booking;
    private readonly JetStreamConsumer consumer;
    private readonly JetStreamPublisher publisher;
    private readonly ConcurrentQueue<string> sent = new();
    private int disconnects;
    private int flows;
    private bool isWiped;

    private Trial(TestNats server, FaultyProxy proxy, int seed)
    {
        Server = server;
        Proxy = proxy;
        Random = new Random(seed);
        sending = Connect(proxy.Url);
        booking = Connect(proxy.Url);
        publisher = new JetStream(sending).CreatePublisher(new PublisherOptions
        {
            Stream = Broker.Stream,
            ResendAfter = TimeSpan.FromMilliseconds(500),
            AckTimeout = TimeSpan.FromSeconds(2),
        });
        consumer = new JetStream(booking).CreateConsumer(
            Broker.Stream, Broker.Durable, Broker.QuickPull with { Provision = ProvisionAsync });
        sending.StateChanged += Count;
        booking.StateChanged += Count;
    }

    public TestNats Server { get; }

    public FaultyProxy Proxy { get; }

    public Random Random { get; }

    /// <summary>The seed of <c>EVENTLEDGER_SEED</c>, or a new one for each of the rounds.</summary>
    public static IEnumerable<int> Seeds(int rounds, int roundsLong) =>
        int.TryParse(Environment.GetEnvironmentVariable("EVENTLEDGER_SEED"), CultureInfo.InvariantCulture, out var seed)
            ? [seed]
            : Enumerable.Range(0, Rounds.AreLong ? roundsLong : rounds).Select(_ => Random.Shared.Next());

    /// <summary>Runs rounds of a trouble, while messages flow, and checks the books after each.</summary>
    public static async Task RunAsync(
        ITestOutputHelper output, Func<Trial, Task> trouble, int rounds = 2, int roundsLong = 50)
    {
        List<long> memory = [];

        foreach (var seed in Seeds(rounds, roundsLong))
        {
            output.WriteLine($"EVENTLEDGER_SEED={seed}");
            await RunRoundAsync(output, trouble, seed);
            memory.Add(GC.GetTotalMemory(forceFullCollection: true));
            output.WriteLine($"memory {memory[^1] / 1024} KiB");
        }

        memory[^1].ShouldBeLessThan(memory[0] + MemoryGrowthMax);
    }

    private static async Task RunRoundAsync(ITestOutputHelper output, Func<Trial, Task> trouble, int seed)
    {
        var server = await TestNats.StartAsync();
        await using var trial = new Trial(server, new FaultyProxy(server.Port), seed);
        await trial.RunAsync(trouble);
        var delivered = trial.booked.Values.Sum();
        output.WriteLine($"sent {trial.sent.Count}, delivered {delivered}, disconnected {trial.disconnects} times");
    }

    public Task PauseAsync(int atMostMs) =>
        Elapse.ForAsync(TimeSpan.FromMilliseconds(Random.Next(1, atMostMs)), limit.Token);

    public async Task SendAsync(int count, string prefix)
    {
        await Task.WhenAll(Enumerable.Range(1, count).Select(i => SendOneAsync($"{prefix}-{i}")));
    }

    /// <summary>Wipes the store, of which everything is booked.</summary>
    public async Task WipeStoreAsync()
    {
        isWiped = true;
        await Server.KillAsync();
        Server.WipeStore();
        await Server.RestartAsync();
    }

    /// <summary>Messages flow for as long as the trouble lasts.</summary>
    public async Task WhileFlowingAsync(Func<Task> trouble)
    {
        using var done = new CancellationTokenSource();
        var flow = ++flows;
        var flowing = Enumerable.Range(1, Senders)
            .Select(sender => SendUntilAsync(flow, sender, done.Token))
            .ToList();
        await trouble();
        await done.CancelAsync();
        Proxy.Heal();
        await Task.WhenAll(flowing);
    }

    public async Task BookedAllAsync()
    {
        while (booked.Count < sent.Count)
        {
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException(await DescribeAsync());
            }

            await Elapse.ForAsync(10);
        }
    }

    public Task ProvisionAsync(CancellationToken cancellation) => ProvisionAsync(new JetStream(booking), cancellation);

    public async ValueTask DisposeAsync()
    {
        await sending.DisposeAsync();
        await booking.DisposeAsync();
        await Proxy.DisposeAsync();
        await Server.DisposeAsync();
        limit.Dispose();
    }

    private static async Task ProvisionAsync(JetStream jetStream, CancellationToken cancellation)
    {
        await jetStream.EnsureStreamAsync(Broker.StreamSpec, cancellation);
        await jetStream.EnsureConsumerAsync(
            Broker.Stream, Broker.ConsumerSpec with { AckWait = TimeSpan.FromSeconds(2) }, cancellation);
    }

    private static NatsConnection Connect(string url) => Broker.Connect(url, options => options with
    {
        PingInterval = TimeSpan.FromMilliseconds(300),
        HandshakeTimeout = TimeSpan.FromSeconds(1),
        WriteStallTimeout = TimeSpan.FromSeconds(2),
    });

    private async Task RunAsync(Func<Trial, Task> trouble)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException += NoteUnobserved;
        await ProvisionAsync(limit.Token);

        using var done = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
        var keeping = BookAsync(done.Token);
        await SendAsync(100, "first");
        await trouble(this);
        Proxy.Heal();
        await BookedAllAsync();

        await done.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(keeping);
        await CheckAsync();
    }

    // However often a message was sent, the stream stored it once; however often it was delivered, it is booked.
    private async Task CheckAsync()
    {
        booked.Keys.Order().SequenceEqual(sent.Order()).ShouldBeTrue();
        var stream = await new JetStream(booking).GetStreamAsync(Broker.Stream, limit.Token);

        if (!isWiped)
        {
            stream!.State.Messages.ShouldBe((ulong)sent.Count);
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException -= NoteUnobserved;
        unobserved.ShouldBeEmpty();
    }

    // What a spool does: the same message under the same id, until it is acknowledged.
    private async Task SendOneAsync(string id)
    {
        sent.Enqueue(id);

        while (true)
        {
            try
            {
                await publisher.PublishAsync(Broker.Subject, id, default, Broker.Body(id), limit.Token);
                return;
            }
            catch (JetStreamException e) when (e.CanRetry)
            {
                await Elapse.ForAsync(10, limit.Token);
            }
        }
    }

    private async Task BookAsync(CancellationToken cancellation)
    {
        await foreach (var batch in consumer.ReadBatchesAsync(max: 200, cancellation))
        {
            foreach (var message in batch)
            {
                booked.AddOrUpdate(Encoding.UTF8.GetString(message.Body.Span), 1, (_, times) => times + 1);
                message.Ack();
            }
        }
    }

    private async Task SendUntilAsync(int flow, int sender, CancellationToken done)
    {
        for (var round = 0; !done.IsCancellationRequested; round++)
        {
            await SendAsync(SentAtOnce, $"{flow}-{sender}-{round}");
            await Elapse.ForAsync(5, limit.Token);
        }
    }

    private async Task<string> DescribeAsync()
    {
        var jetStream = new JetStream(booking);
        var stream = await jetStream.GetStreamAsync(Broker.Stream, CancellationToken.None);
        var consuming = await jetStream.GetConsumerAsync(Broker.Stream, Broker.Durable, CancellationToken.None);
        var missing = string.Join(' ', sent.Except(booked.Keys).Take(10));
        return $"sent {sent.Count}, booked {booked.Count}, {stream}, {consuming}, {consumer.Health}, missing {missing}";
    }

    private void Count(NatsStateChange change) => Interlocked.Add(ref disconnects, change.Reason is null ? 0 : 1);

    private void NoteUnobserved(object? sender, UnobservedTaskExceptionEventArgs failure) =>
        unobserved.Enqueue(failure.Exception);
}
