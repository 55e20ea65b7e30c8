using EventLedger.Testing;
namespace EventLedger.Nats.Tests;

public sealed class EncryptingConnections : IDisposable
{
    private readonly Certificates certificates = new();
    private readonly CancellationTokenSource limit = new(TimeSpan.FromMinutes(1));

    [Fact]
    public async Task Case_17_a_server_that_requires_tls_gets_it()
    {
        await using var server = await TestNats.StartAsync(certificates.Configuration());
        await using var connection = Connect(server, Trusting);

        await connection.WaitConnectedAsync(limit.Token);

        var stream = await new JetStream(connection).EnsureStreamAsync(Broker.StreamSpec, limit.Token);
        stream.Config.Name.ShouldBe(Broker.Stream);
    }

    [Fact]
    public async Task Case_18_a_certificate_that_is_not_trusted_is_refused()
    {
        await using var server = await TestNats.StartAsync(certificates.Configuration());
        await using var connection = Connect(server, new NatsTls());

        (await FirstFailureAsync(connection)).ShouldBeOfType<System.Security.Authentication.AuthenticationException>();
    }

    [Fact]
    public async Task Case_18_a_certificate_for_another_host_is_refused()
    {
        certificates.UseForHost("elsewhere.example");
        await using var server = await TestNats.StartAsync(certificates.Configuration());
        await using var connection = Connect(server, Trusting);

        (await FirstFailureAsync(connection)).ShouldBeOfType<System.Security.Authentication.AuthenticationException>();
    }

    [Fact]
    public async Task Case_19_a_server_that_wants_a_certificate_gets_ours()
    {
        await using var server = await TestNats.StartAsync(certificates.Configuration(verifyClients: true));
        using var ours = certificates.IssueForHost("client", address: null);
        await using var connection = Connect(server, Trusting with { ClientCertificate = ours });

        await connection.WaitConnectedAsync(limit.Token);
    }

    [Fact]
    public async Task Case_19_without_a_certificate_such_a_server_refuses_us()
    {
        await using var server = await TestNats.StartAsync(certificates.Configuration(verifyClients: true));
        await using var connection = Connect(server, Trusting);

        await FirstFailureAsync(connection);
        connection.State.ShouldBe(NatsState.Connecting);
    }

    [Fact]
    public async Task Case_20_a_server_without_tls_is_refused_where_we_require_it()
    {
        await using var server = await TestNats.StartAsync();
        await using var connection = Broker.Connect(server.Url.Replace("nats://", "tls://"));

        (await FirstFailureAsync(connection)).Message.ShouldContain("TLS is required");
    }

    public void Dispose()
    {
        certificates.Dispose();
        limit.Dispose();
    }

    private NatsTls Trusting => new() { Authorities = certificates.Authorities };

    private static NatsConnection Connect(TestNats server, NatsTls tls) =>
        Broker.Connect($"nats://localhost:{server.Port}", options => options with { Tls = tls });

    private async Task<Exception> FirstFailureAsync(NatsConnection connection)
    {
        var failed = new TaskCompletionSource<Exception>();
        connection.StateChanged += change => failed.TrySetResult(change.Reason!);
        return await failed.Task.WaitAsync(limit.Token);
    }
}
