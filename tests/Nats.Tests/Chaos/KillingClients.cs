using EventLedger.Embedded.Processes;
using EventLedger.Testing;
using Xunit.Abstractions;

namespace EventLedger.Nats.Tests.Chaos;

public class KillingClients(ITestOutputHelper output)
{
    private const int MessagesPerRound = 5_000;

    private static int Times => Rounds.Of(few: 3, many: 50);

    [Fact]
    public async Task Case_70_what_killed_publishers_sent_is_stored_once_when_it_is_sent_again()
    {
        await using var broker = await Broker.StartAsync();
        var random = NewRandom();

        for (var round = 1; round <= Times; round++)
        {
            await using (var killed = await Client.StartAsync("publish", broker.Server.Url, round, MessagesPerRound))
            {
                await killed.KillAfterFirstAsync(TimeSpan.FromMilliseconds(random.Next(1, 60)));
            }

            await using var again = await Client.StartAsync("publish", broker.Server.Url, round, MessagesPerRound);
            (await again.Exited).ShouldBe(0);
        }

        (await broker.StateAsync()).Messages.ShouldBe((ulong)(Times * MessagesPerRound));
    }

    [Fact]
    public async Task Case_70_what_killed_readers_had_in_hand_goes_to_the_next()
    {
        await using var broker = await Broker.StartAsync(
            consumer: Broker.ConsumerSpec with { AckWait = TimeSpan.FromSeconds(1) });
        await using var publisher = broker.Publisher();
        HashSet<string> sent = [];
        HashSet<string> booked = [];
        var random = NewRandom();

        for (var round = 1; round <= Times; round++)
        {
            sent.UnionWith(await broker.PublishAsync(publisher, MessagesPerRound, $"{round}"));
            await using var killed = await Client.StartAsync("read", broker.Server.Url, round, MessagesPerRound);
            await killed.KillAfterFirstAsync(TimeSpan.FromMilliseconds(random.Next(1, 60)));
            booked.UnionWith(killed.Book);
        }

        await using var last = await Client.StartAsync("read", broker.Server.Url, round: 0, MessagesPerRound);
        await Eventually.HoldsAsync(
            async () => await broker.ConsumerAsync() is { NumAckPending: 0, NumPending: 0 },
            within: TimeSpan.FromMinutes(2));
        await last.KillAsync();
        booked.UnionWith(last.Book);

        booked.SetEquals(sent).ShouldBeTrue($"{sent.Except(booked).Count()} of {sent.Count} are missing");
    }

    private Random NewRandom()
    {
        var seed = Trial.Seeds(1, 1).Single();
        output.WriteLine($"EVENTLEDGER_SEED={seed}");
        return new Random(seed);
    }

    /// <summary>A client in a process of its own, and the book that it keeps.</summary>
    private sealed class Client(ChildProcess process, string book) : IAsyncDisposable
    {
        public Task<int> Exited => process.Exited;

        // A line that it was killed over was not acknowledged, and one that found nothing to read wrote none.
        public IEnumerable<string> Book
        {
            get
            {
                var text = File.Exists(book) ? File.ReadAllText(book) : "";
                return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
            }
        }

        public static async Task<Client> StartAsync(string what, string url, int round, int messages)
        {
            var folder = TestFolder.Make("client");
            var book = Path.Combine(folder, "book");
            var command = new ChildCommand(
                what, "dotnet", typeof(Client).Assembly.Location, what, url, $"{round}", $"{messages}", book);
            return new(await ChildProcess.StartAsync(command, Path.Combine(folder, "log")), book);
        }

        public async Task KillAfterFirstAsync(TimeSpan delay)
        {
            await Eventually.HoldsAsync(() => File.Exists(book) && new FileInfo(book).Length > 0);
            await Elapse.ForAsync(delay);
            await KillAsync();
        }

        public Task KillAsync()
        {
            process.Send(Signal.Kill);
            return process.Exited;
        }

        public ValueTask DisposeAsync()
        {
            process.Send(Signal.Kill);
            return process.DisposeAsync();
        }
    }
}
