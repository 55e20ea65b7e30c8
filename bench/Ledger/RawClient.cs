using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EventLedger.Ledger.Bench;

/// <summary>
/// One HTTP/1.1 connection that costs next to nothing, since the client has to share the cores with what is measured.
/// </summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
    };

    private readonly byte[] buffer = new byte[16 * 1024];
    private readonly string head;

    private RawClient(Uri server, string token) =>
        head = $"Host: {server.Authority}\r\nAuthorization: Bearer {token}\r\n";

    public static async Task<RawClient> ConnectAsync(Uri server, string token)
    {
        var client = new RawClient(server, token);
        await client.socket.ConnectAsync(IPAddress.Loopback, server.Port);
        return client;
    }

    public Task GetAsync(string path) => ExchangeAsync($"GET {path} HTTP/1.1\r\n{head}\r\n");

    public Task PostJsonAsync(string path, string body) => ExchangeAsync(
        $"POST {path} HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");

    public void Dispose() => socket.Dispose();

    private async Task ExchangeAsync(string request)
    {
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));

        for (var received = 0; ;)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(received));
            received += read;

            if (read == 0 || IsWhole(buffer.AsSpan(0, received)))
            {
                break;
            }
        }

        if (!buffer.AsSpan().StartsWith("HTTP/1.1 200"u8))
        {
            throw new IOException(Encoding.ASCII.GetString(buffer, 0, 500));
        }
    }

    // The ledger answers in chunks, the last of which is empty.
    private static bool IsWhole(ReadOnlySpan<byte> answer) => answer.EndsWith("\r\n0\r\n\r\n"u8);
}
