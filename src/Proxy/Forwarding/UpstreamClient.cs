using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using EventLedger.Proxy.Injection;
using EventLedger.Proxy.Settings;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// The connections to the upstream. They add nothing of their own to requests and change nothing in answers.
/// </summary>
internal sealed class UpstreamClient : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker streaming;
    private readonly SocketsHttpHandler connections;

    /// <summary>Connects when there is something to send.</summary>
    public UpstreamClient(ProxySettings settings) => streaming = new(connections = new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = System.Net.DecompressionMethods.None,
        EnableMultipleHttp2Connections = true,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
        ConnectTimeout = ConnectTimeout < settings.IdleTimeout ? ConnectTimeout : settings.IdleTimeout,
        SslOptions = new()
        {
            // What a certificate lacks would be fetched with the thread that reads sockets waiting for it, and its own
            // socket among those.
            CertificateChainPolicy = new()
            {
                DisableCertificateDownloads = true,
                RevocationMode = X509RevocationMode.NoCheck,
            },
        },
        PlaintextStreamFilter = static (made, _) => new(new ReadAheadStream(made.PlaintextStream)),
        // Names may come to point elsewhere.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
    });

    /// <summary>What sends a request whose body is <paramref name="held"/>, or is still to come.</summary>
    public HttpMessageInvoker ClientFor(HeldBody? held) =>
        held is { IsSentWhole: true } ? new WholeRequest(connections, held.Current) : streaming;

    /// <inheritdoc/>
    public void Dispose() => streaming.Dispose();
}
