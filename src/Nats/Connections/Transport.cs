using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace EventLedger.Nats;

/// <summary>The socket of one connection, in TLS once that is agreed.</summary>
internal sealed class Transport(Socket socket) : IDisposable
{
    public Stream Stream { get; private set; } = new NetworkStream(socket, ownsSocket: false);

    public static async Task<Transport> ConnectAsync(ServerAddress server, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        try
        {
            await socket.ConnectAsync(server.Host, server.Port, cancellation);
            return new Transport(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async Task UpgradeToTlsAsync(ServerAddress server, NatsTls? tls, CancellationToken cancellation)
    {
        var ssl = new SslStream(Stream, leaveInnerStreamOpen: false);
        Stream = ssl;

        await ssl.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = server.TlsHost,
                ClientCertificates = tls?.ClientCertificate is { } certificate ? [certificate] : null,
                CertificateChainPolicy = PolicyFor(tls?.Authorities),
            },
            cancellation);
    }

    /// <summary>Ends every read and write that is under way, without waiting for the other side.</summary>
    public void Dispose()
    {
        // Closing with zero linger resets: a stopped server must not hold us, and unsent bytes must not follow later.
        socket.Close(timeout: 0);
        Stream.Dispose();
    }

    // What a certificate lacks isn't fetched: that would hold the thread, which may be one that reads sockets.
    private static X509ChainPolicy PolicyFor(X509Certificate2Collection? authorities)
    {
        var policy = new X509ChainPolicy
        {
            DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
        };

        if (authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(authorities);
        }

        return policy;
    }
}
