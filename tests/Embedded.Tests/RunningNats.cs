using System.Net.Sockets;
using System.Text.Json;
using EventLedger.Testing;

namespace EventLedger.Embedded.Tests;

public class RunningNats
{
    [Fact]
    public async Task It_answers_with_JetStream_and_asks_for_no_login()
    {
        await using var nats = await TestNats.StartAsync();

        var info = await ReadInfoAsync(nats.Port);

        info.GetProperty("jetstream").GetBoolean().ShouldBeTrue();
        info.TryGetProperty("auth_required", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task It_starts_again_on_the_same_port_after_a_kill()
    {
        await using var nats = await TestNats.StartAsync();
        var first = nats.Process.Id;

        await nats.KillAsync();
        await nats.RestartAsync();

        nats.Process.Id.ShouldNotBe(first);
        (await ReadInfoAsync(nats.Port)).GetProperty("jetstream").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task Further_settings_reach_it()
    {
        await using var nats = await TestNats.StartAsync("max_payload: 4096");

        (await ReadInfoAsync(nats.Port)).GetProperty("max_payload").GetInt32().ShouldBe(4096);
    }

    [Fact]
    public async Task A_setting_that_it_refuses_is_named()
    {
        var failure = await Should.ThrowAsync<EmbeddedException>(() => TestNats.StartAsync("no_such_setting: 1"));

        failure.Message.ShouldContain("no_such_setting");
    }

    private static async Task<JsonElement> ReadInfoAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        using var reader = new StreamReader(client.GetStream());
        return JsonElement.Parse((await reader.ReadLineAsync())!["INFO ".Length..]);
    }
}
