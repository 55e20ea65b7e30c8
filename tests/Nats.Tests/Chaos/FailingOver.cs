using System.Text;
using System.Text.Json;
using EventLedger.Embedded.Processes;
using EventLedger.Testing;

namespace EventLedger.Nats.Tests.Chaos;

[Collection(nameof(SurvivingTrouble))]
public class FailingOver
{
    private const int Messages = 200;

    private static readonly CancellationToken Limit = new CancellationTokenSource(TimeSpan.FromMinutes(3)).Token;

    [Theory, InlineData(true), InlineData(false)]
    public async Task Case_62_what_a_stopped_server_still_holds_is_stored_once_after_another_took_it(bool leads)
    {
        await using var cluster = await Cluster.StartAsync(Limit);
        var leader = await cluster.LeaderAsync(Limit);
        var stopped = leads ? leader : Cluster.Other(leader);
        await using var connection = Connect(cluster[stopped]);
        await using var publisher = new JetStream(connection).CreatePublisher(Broker.PatientPublisher);
        await using var elsewhere = Connect(cluster[leads ? Cluster.Other(leader) : leader]);
        await PublishAsync(publisher, "before");

        // It reads what it was sent meanwhile when it goes on, long after it was left.
        cluster[stopped].Process.Send(Signal.Stop);
        var publishing = PublishAsync(publisher, "during");
        await Eventually.HoldsAsync(
            () => connection.Server is { ServerName: var name } && name != stopped, TimeSpan.FromMinutes(2));
        await publishing;
        cluster[stopped].Process.Send(Signal.Continue);

        // By the time it serves others again it has read what it was left with.
        await using (var back = Connect(cluster[stopped]))
        {
            await back.WaitConnectedAsync(Limit);
        }

        await PublishAsync(publisher, "after");
        await HasEachOnceAsync(elsewhere);
    }

    // Asked of the stream: a consumer that moves to the server that was stopped passes over what that one has yet to
    // be told (nats-server 2.9).
    private static async Task HasEachOnceAsync(NatsConnection connection)
    {
        var bodies = new HashSet<string>();

        for (var sequence = 1; sequence <= 3 * Messages; sequence++)
        {
            // While its leader changes, two may answer.
            var answer = await Eventually.BecomesAsync(
                () => ReadAsync(connection, sequence), read => read.TryGetProperty("message", out _),
                TimeSpan.FromMinutes(1));
            var data = answer.GetProperty("message").GetProperty("data").GetBytesFromBase64();
            bodies.Add(Encoding.UTF8.GetString(data));
        }

        bodies.Count.ShouldBe(3 * Messages);
        var stream = await new JetStream(connection).GetStreamAsync(Broker.Stream, Limit);
        stream!.State.Messages.ShouldBe(3UL * Messages);
    }

    private static async Task<JsonElement> ReadAsync(NatsConnection connection, int sequence)
    {
        var reply = await connection.RequestAsync(
            $"$JS.API.STREAM.MSG.GET.{Broker.Stream}",
            Encoding.UTF8.GetBytes($$"""{"seq":{{sequence}}}"""),
            TimeSpan.FromSeconds(10),
            Limit);
        return JsonElement.Parse(reply.Body.Span);
    }

    private static Task PublishAsync(JetStreamPublisher publisher, string prefix) => Task.WhenAll(
        Enumerable.Range(1, Messages).Select(i => $"{prefix}-{i}").Select(
            id => publisher.PublishAsync(Broker.Subject, id, default, Broker.Body(id), Limit).AsTask()));

    private static NatsConnection Connect(TestNats server) => Broker.Connect(
        server.Url,
        options => options with
        {
            PingInterval = TimeSpan.FromMilliseconds(300),
            HandshakeTimeout = TimeSpan.FromSeconds(1),
        });
}
