using EventLedger.Testing;

namespace EventLedger.Nats.Tests.Chaos;

public class FillingStores
{
    private static readonly byte[] Body = new byte[100_000];

    [Fact]
    public async Task Case_66_a_store_at_its_quota_refuses_and_takes_again_once_there_is_room()
    {
        var folder = TestFolder.Make("store");
        await using var broker = await Broker.StartAsync(Store(folder, limit: "2MB"));
        await using var publisher = Publisher(broker);

        var stored = await FillAsync(broker, publisher);
        await broker.Server.KillAsync();
        await broker.Server.RestartAsync(Store(folder, limit: "100MB"));

        await TakesAgainAsync(broker, publisher, stored);
    }

    // The server gives JetStream up until it is started anew; messages are refused, or nobody answers at all.
    [RootFact]
    public async Task Case_66_a_disk_that_is_full_loses_nothing_that_was_acknowledged()
    {
        using var disk = TestDisk.InMemory("4m");
        await using var broker = await Broker.StartAsync(Store(disk.Folder, limit: "1GB"));
        await using var publisher = Publisher(broker);

        var stored = await FillAsync(broker, publisher);
        await broker.Server.KillAsync();
        disk.Resize("64m");
        await broker.Server.RestartAsync();

        await TakesAgainAsync(broker, publisher, stored);
    }

    private static string Store(string folder, string limit) =>
        $$"""jetstream { store_dir: "{{folder}}", max_file_store: {{limit}} }""";

    private static JetStreamPublisher Publisher(Broker broker) =>
        broker.Publisher(Broker.PatientPublisher with { AckTimeout = TimeSpan.FromMilliseconds(500) });

    private static async Task<int> FillAsync(Broker broker, JetStreamPublisher publisher)
    {
        for (var stored = 0; ; stored++)
        {
            try
            {
                await publisher.PublishAsync(Broker.Subject, $"{stored}", default, Body, broker.Limit);
            }
            catch (JetStreamException e)
            {
                e.CanRetry.ShouldBeTrue();
                stored.ShouldBeInRange(5, 50);
                return stored;
            }
        }
    }

    // The one that was refused may have been stored all the same: under its id it is there once.
    private static async Task TakesAgainAsync(Broker broker, JetStreamPublisher publisher, int stored)
    {
        await Eventually.HoldsAsync(() => broker.Connection.State == NatsState.Connected);
        await publisher.PublishAsync(Broker.Subject, $"{stored}", default, Body, broker.Limit);
        await using var consumer = broker.Consumer();
        var bodies = await broker.ReadAsync(consumer, bodies => bodies.Count == stored + 1);

        (await broker.StateAsync()).Messages.ShouldBe((ulong)stored + 1);
        bodies.ShouldAllBe(body => body.Length == Body.Length);
    }
}
