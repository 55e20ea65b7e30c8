using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests.Rig;

/// <summary>A gateway that answers as a test tells it to, byte for byte, over real connections.</summary>
internal sealed class Upstream : IAsyncDisposable
{
    private readonly Func<UpstreamCall, Task> answer;
    private readonly bool remembers;
    private readonly TcpListener listener;
    private readonly X509Certificate2? certificate;
    private readonly Task serving;

    private Upstream(
        Func<UpstreamCall, Task> answer, bool remembers, TcpListener listener, X509Certificate2? certificate)
    {
        (this.answer, this.remembers, this.listener, this.certificate) = (answer, remembers, listener, certificate);
        serving = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public string Url => $"{(certificate is null ? "http" : "https")}://127.0.0.1:{Port}";

    /// <summary>The port it listens on.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The requests that came, whole, where they are remembered.</summary>
    public ConcurrentQueue<UpstreamCall> Calls { get; } = [];

    /// <summary>Answers each request with <paramref name="answer"/>; with a certificate, over TLS.</summary>
    public static Upstream Start(
        Func<UpstreamCall, Task> answer, bool remembers = true, X509Certificate2? certificate = null) =>
        new(answer, remembers, FreePort.Listen(), certificate);

    /// <summary>Answers each request with a JSON document.</summary>
    public static Upstream StartJson(string json, bool remembers = true) =>
        Start(call => call.AnswerAsync("application/json", json), remembers);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await serving;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        client.NoDelay = true;

        try
        {
            await using var stream = await OpenAsync(client);
            var reader = new ByteReader(stream);

            while (await HttpHead.ReadAsync(reader) is { } head)
            {
                var call = new UpstreamCall(head, reader, stream, client);

                if (remembers)
                {
                    Calls.Enqueue(call);
                }

                await answer(call);
                await call.ReadBodyAsync();
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or SocketException
            or AuthenticationException)
        {
        }
    }

    private async Task<Stream> OpenAsync(TcpClient client)
    {
        if (certificate is null)
        {
            return client.GetStream();
        }

        var encrypted = new SslStream(client.GetStream());
        await encrypted.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            // It sends the one certificate alone, and fetches none.
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
        });
        return encrypted;
    }
}
