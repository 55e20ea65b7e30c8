using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Nats.Tests;

public class ChangingCredentials
{
    [Fact]
    public async Task The_next_connection_logs_in_with_what_the_url_says_then()
    {
        await using var server = await TestNats.StartAsync(Login("old"));
        var url = UrlOf(server, "old");
        await using var connection = NatsConnection.Start(
            new() { Url = url, ReadUrl = () => Volatile.Read(ref url) },
            NullLoggerFactory.Instance,
            TimeProvider.System);
        await Eventually.HoldsAsync(() => connection.State == NatsState.Connected);

        var change = server.RestartAsync(Login("new"));
        await Eventually.HoldsAsync(() => connection.State == NatsState.Connecting);
        Volatile.Write(ref url, "no url at all://");
        await change;
        Volatile.Write(ref url, UrlOf(server, "new"));

        await Eventually.HoldsAsync(() => connection.State == NatsState.Connected);
    }

    private static string Login(string password) => $"authorization {{ user: ledger, password: {password}-password }}";

    private static string UrlOf(TestNats server, string password) =>
        $"nats://ledger:{password}-password@127.0.0.1:{server.Port}";
}
