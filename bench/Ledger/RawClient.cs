using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EventLedger.Ledger.Bench;

/// <summary>
/// One HTTP/1.1 connection that costs next to nothing, since the client has to share the cores with what is measured.
/// </summary>
internal sealed class RawClient : IDisposable
{
    private const int ShownMax = 500;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource limit = new();

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

    public void Dispose()
    {
        socket.Dispose();
        limit.Dispose();
    }

    private async Task ExchangeAsync(string request)
    {
        limit.CancelAfter(AnswerLimit);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), limit.Token);
        var received = 0;

        do
        {
            var read = received < buffer.Length ? await socket.ReceiveAsync(buffer.AsMemory(received), limit.Token) : 0;

            if (read == 0)
            {
                throw new IOException($"the answer ends, or is too long, after {received} bytes: {Text(received)}");
            }

            received += read;
        }
        while (!IsWhole(buffer.AsSpan(0, received)));

        if (!buffer.AsSpan().StartsWith("HTTP/1.1 200"u8))
        {
            throw new IOException(Text(received));
        }
    }

    private string Text(int received) => Encoding.ASCII.GetString(buffer, 0, Math.Min(received, ShownMax));

    // The ledger answers in chunks, the last of which is empty; what it refuses without a body has a length of 0.
    private static bool IsWhole(ReadOnlySpan<byte> answer) =>
        answer.EndsWith("\r\n0\r\n\r\n"u8)
        || (answer.EndsWith("\r\n\r\n"u8) && answer.IndexOf("\r\nContent-Length: 0\r\n"u8) >= 0);
}
