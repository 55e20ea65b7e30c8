using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EventLedger.Nats.Bench;

/// <summary>
/// The least that does the work: one socket, one thread, frames composed beforehand, answers counted and not read. It
/// can't reconnect, resend or notice an error; it shows what the server and the kernel allow.
/// </summary>
internal sealed class RawClient : IDisposable
{
    private const int PullBatch = 1000;
    private const int IdLength = 32;

    private readonly Socket socket;
    private readonly byte[] received = new byte[1024 * 1024];
    private readonly byte[] sending = new byte[2 * 1024 * 1024];
    private int receivedLength;
    private int sendingLength;

    private RawClient(Socket socket) => this.socket = socket;

    public static async Task<RawClient> ConnectAsync(int port)
    {
        var client = new RawClient(new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
        await client.socket.ConnectAsync(IPAddress.Loopback, port);
        await client.socket.ReceiveAsync(client.received);
        client.Append("CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\nSUB raw.inbox 1\r\n"u8);
        return client;
    }

    public async Task<Figure> PublishAsync(int messages)
    {
        var (frame, idAt) = ComposePublish();
        var steady = new SteadyPart(messages);
        var sent = 0;
        var acknowledged = 0;

        while (acknowledged < messages)
        {
            for (; sent < messages && sent - acknowledged < NatsBench.Window; sent++)
            {
                Guid.NewGuid().TryFormat(frame.AsSpan(idAt), out _, "N");
                Append(frame);
            }

            await SendAsync();
            await ReceiveAsync();
            var count = CountAcknowledgements();
            acknowledged += count;
            steady.Count(count);
        }

        return steady.End();
    }

    public async Task<Figure> ConsumeAsync(string durable, int messages)
    {
        var steady = new SteadyPart(messages);
        var asked = 0;
        var taken = 0;

        while (taken < messages)
        {
            if (asked - taken <= PullBatch / 2)
            {
                Append(ComposePull(durable, PullBatch));
                asked += PullBatch;
            }

            await SendAsync();
            await ReceiveAsync();
            var count = AcknowledgeAll();
            taken += count;
            steady.Count(count);
        }

        await FlushAsync();
        return steady.End();
    }

    public void Dispose() => socket.Dispose();

    private static (byte[] Frame, int IdAt) ComposePublish()
    {
        var headers = $"NATS/1.0\r\nNats-Msg-Id: {new string('0', IdLength)}\r\nNats-Expected-Stream: BENCH\r\n\r\n";
        var line = $"HPUB {NatsBench.Subject} raw.inbox {headers.Length} {headers.Length + NatsBench.BodyBytes}\r\n";
        var text = line + headers + new string('x', NatsBench.BodyBytes) + "\r\n";
        return (Encoding.ASCII.GetBytes(text), text.IndexOf("Id: ", StringComparison.Ordinal) + 4);
    }

    private static byte[] ComposePull(string durable, int batch)
    {
        var body = $$"""{"batch":{{batch}},"expires":30000000000}""";
        var line = $"PUB $JS.API.CONSUMER.MSG.NEXT.{NatsBench.Stream}.{durable} raw.inbox {body.Length}\r\n{body}\r\n";
        return Encoding.ASCII.GetBytes(line);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(sending.AsSpan(sendingLength));
        sendingLength += bytes.Length;
    }

    private async Task SendAsync()
    {
        await socket.SendAsync(sending.AsMemory(0, sendingLength));
        sendingLength = 0;
    }

    private async Task ReceiveAsync() =>
        receivedLength += await socket.ReceiveAsync(received.AsMemory(receivedLength));

    // Sends the last acknowledgements, and returns when the server has read them.
    private async Task FlushAsync()
    {
        Append("PING\r\n"u8);
        await SendAsync();

        while (received.AsSpan(0, receivedLength).IndexOf("PONG\r\n"u8) < 0)
        {
            await ReceiveAsync();
        }
    }

    // In whole lines only: what is cut off is counted when the rest of it comes.
    private int CountAcknowledgements()
    {
        var rest = received.AsSpan(0, receivedLength);
        var lines = rest[..(rest.LastIndexOf((byte)'\n') + 1)];
        var count = lines.Count("MSG raw.inbox "u8);
        Keep(rest[lines.Length..]);
        return count;
    }

    private void Keep(ReadOnlySpan<byte> rest)
    {
        rest.CopyTo(received);
        receivedLength = rest.Length;
    }

    // Reads the lines as far as is needed to find the reply subject and the end of each message.
    private int AcknowledgeAll()
    {
        var rest = received.AsSpan(0, receivedLength);
        var count = 0;

        while (rest.IndexOf("\r\n"u8) is >= 0 and var lineEnd)
        {
            var line = rest[..lineEnd];
            var isMessage = line.StartsWith("HMSG bench"u8);
            var length = line.StartsWith("PING"u8) ? 0 : int.Parse(line[(line.LastIndexOf((byte)' ') + 1)..]) + 2;

            if (rest.Length < lineEnd + 2 + length)
            {
                break;
            }

            if (isMessage)
            {
                var replyAt = line.IndexOf("$JS.ACK"u8);
                Append("PUB "u8);
                Append(line.Slice(replyAt, line[replyAt..].IndexOf((byte)' ')));
                Append(" 4\r\n+ACK\r\n"u8);
                count++;
            }

            rest = rest[(lineEnd + 2 + length)..];
        }

        Keep(rest);
        return count;
    }
}
