using System.Diagnostics;
using System.Text;
using EventLedger.Proxy.Settings;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// The connections to the upstream. They add nothing of their own to requests and change nothing in answers.
/// </summary>
internal sealed class UpstreamClient(ProxySettings settings) : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Sends requests.</summary>
    public HttpMessageInvoker Client { get; } = new(new SocketsHttpHandler
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
        // Names may come to point elsewhere.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
    });

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();
}
