using EventLedger.Testing;

namespace EventLedger.Nats.Tests;

public class ListeningOutsideOfStreams
{
    private const string Subject = "usage.counted";

    [Fact]
    public async Task Who_listens_hears_what_is_said_after_a_restart_of_the_server_too()
    {
        await using var broker = await Broker.StartAsync();
        using var listener = broker.Connection.Listen(Subject, heldMax: 4);
        await using var heard = listener.ReadAllAsync(broker.Limit).GetAsyncEnumerator(broker.Limit);

        await broker.Connection.PublishAsync(Subject, Broker.Body("one"), broker.Limit);
        (await heard.MoveNextAsync()).ShouldBeTrue();
        heard.Current.ShouldBe(Broker.Body("one"));

        await broker.Server.KillAsync();
        await Eventually.HoldsAsync(() => broker.Connection.State == NatsState.Connecting);
        await broker.Server.RestartAsync();
        await broker.Connection.WaitConnectedAsync(broker.Limit);
        await broker.Connection.PublishAsync(Subject, Broker.Body("two"), broker.Limit);
        (await heard.MoveNextAsync()).ShouldBeTrue();
        heard.Current.ShouldBe(Broker.Body("two"));
    }

    [Fact]
    public async Task What_is_not_read_in_time_is_forgotten_the_oldest_first()
    {
        await using var broker = await Broker.StartAsync();
        using var listener = broker.Connection.Listen(Subject, heldMax: 2);

        foreach (var body in (string[])["one", "two", "three"])
        {
            await broker.Connection.PublishAsync(Subject, Broker.Body(body), broker.Limit);
        }

        await using var heard = listener.ReadAllAsync(broker.Limit).GetAsyncEnumerator(broker.Limit);
        await heard.MoveNextAsync();
        heard.Current.ShouldBe(Broker.Body("two"));
    }

    [Fact]
    public async Task Who_listens_no_longer_comes_to_an_end()
    {
        await using var broker = await Broker.StartAsync();
        var listener = broker.Connection.Listen(Subject, heldMax: 2);

        listener.Dispose();
        await broker.Connection.PublishAsync(Subject, Broker.Body("one"), broker.Limit);

        (await listener.ReadAllAsync(broker.Limit).CountAsync(broker.Limit)).ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_connection_nothing_is_said()
    {
        await using var connection = Broker.Connect($"nats://127.0.0.1:{FreePort.Next()}");

        await Should.ThrowAsync<NatsDisconnectedException>(
            connection.PublishAsync(Subject, Broker.Body("one"), CancellationToken.None));
    }

    [Fact]
    public async Task The_oldest_unsettled_message_of_a_stream_is_found_past_those_that_are_settled_or_removed()
    {
        await using var broker = await Broker.StartAsync();
        await using var publisher = broker.Publisher();
        (await FindAsync(broker)).ShouldBeNull();
        await broker.PublishAsync(publisher, count: 3);
        var first = (await FindAsync(broker)).ShouldNotBeNull();

        await RemoveAsync(broker, 1);
        (await FindAsync(broker)).ShouldNotBeNull().ShouldBeGreaterThan(first);
        await RemoveAsync(broker, 2);
        await RemoveAsync(broker, 3);
        (await FindAsync(broker)).ShouldBeNull();
    }

    private static async Task<DateTimeOffset?> FindAsync(Broker broker) =>
        await broker.JetStream.FindOldestUnsettledAsync(Broker.Stream, Broker.Durable, Broker.Subject, broker.Limit);

    private static async Task RemoveAsync(Broker broker, int sequence) => await broker.Connection.RequestAsync(
        $"$JS.API.STREAM.MSG.DELETE.{Broker.Stream}", Broker.Body($$"""{"seq":{{sequence}}}"""),
        TimeSpan.FromSeconds(5), broker.Limit);
}
