using System.Net.Sockets;
using System.Text;
using EventLedger.Testing;

namespace EventLedger.Nats.Tests;

/// <summary>A server that says exactly what a test tells it to, over a real socket.</summary>
internal sealed class ScriptedPeer : IAsyncDisposable
{
    public const string Info = """
        INFO {"server_id":"X","version":"2.9.10","proto":1,"headers":true,"max_payload":1048576,"jetstream":true}
        """;

    private readonly TcpListener listener = FreePort.Listen();

    public string Url => $"nats://{listener.LocalEndpoint}";

    public async Task<Session> AcceptAsync() => new(await listener.AcceptTcpClientAsync());

    /// <summary>Accepts a connection and its login.</summary>
    public async Task<Session> WelcomeAsync(string info = Info)
    {
        var session = await AcceptAsync();
        await session.SendAsync(info + "\r\n");
        await session.ExpectAsync("CONNECT");
        await session.ExpectAsync("PING");
        await session.SendAsync("PONG\r\n");
        return session;
    }

    /// <summary>As <see cref="WelcomeAsync"/>, passing over connections that were given up meanwhile.</summary>
    public async Task<Session> WelcomeLatestAsync()
    {
        while (true)
        {
            try
            {
                return await WelcomeAsync();
            }
            catch (IOException)
            {
                // Given up: the client comes again.
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        listener.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>One connection, as its server sees it.</summary>
    internal sealed class Session(TcpClient client) : IDisposable
    {
        private readonly NetworkStream stream = client.GetStream();
        private readonly StreamReader reader = new(client.GetStream(), Encoding.Latin1);

        /// <summary>Skips lines up to one that starts so, and returns it.</summary>
        public async Task<string> ExpectAsync(string start)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));

            while (await reader.ReadLineAsync(limit.Token) is { } line)
            {
                if (line.StartsWith(start))
                {
                    return line;
                }
            }

            throw new EndOfStreamException($"The client left before it sent {start}.");
        }

        /// <summary>Reads to the end of the connection.</summary>
        public async Task ExpectEndAsync()
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));

            try
            {
                await reader.ReadToEndAsync(limit.Token);
            }
            catch (IOException)
            {
                // A reset is an end too.
            }
        }

        public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

        public async Task SendAsync(ReadOnlyMemory<byte> bytes)
        {
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
        }

        /// <summary>Sends in two pieces that arrive separately.</summary>
        public async Task SendSplitAsync(string text, int at)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            client.NoDelay = true;
            await SendAsync(bytes.AsMemory(0, at));
            await Task.Yield();
            await SendAsync(bytes.AsMemory(at));
        }

        /// <summary>Answers a message: <paramref name="request"/> is its PUB or HPUB line.</summary>
        public Task ReplyAsync(string request, string headers, string body) =>
            SendAsync(Answer(request, headers, body));

        /// <summary>As <see cref="ReplyAsync(string, string, string)"/>, in two pieces.</summary>
        public Task ReplyAsync(string request, string headers, string body, int splitAt) =>
            SendSplitAsync(Answer(request, headers, body), splitAt);

        public Task DeliverAsync(string subject, int subscription, string replyTo, string headers, string body) =>
            SendAsync(Message(subject, subscription, replyTo, headers, body));

        private string Answer(string request, string headers, string body)
        {
            var words = request.Split(' ');
            return Message(words[2], SubscriptionOf(words[2]), replyTo: "", headers, body);
        }

        private static string Message(
            string subject, int subscription, string replyTo, string headers, string body)
        {
            var reply = replyTo.Length == 0 ? "" : replyTo + " ";
            var lengths = headers.Length == 0 ? $"{body.Length}" : $"{headers.Length} {headers.Length + body.Length}";
            var operation = headers.Length == 0 ? "MSG" : "HMSG";
            return $"{operation} {subject} {subscription} {reply}{lengths}\r\n{headers}{body}\r\n";
        }

        public Dictionary<string, int> Subscriptions { get; } = [];

        /// <summary>Reads the next subscription and remembers it.</summary>
        public async Task<string> ExpectSubscriptionAsync()
        {
            var words = (await ExpectAsync("SUB ")).Split(' ');
            Subscriptions[words[1]] = int.Parse(words[2]);
            return words[1];
        }

        public void Dispose() => client.Dispose();

        private int SubscriptionOf(string inbox) =>
            Subscriptions[inbox[..(inbox.LastIndexOf('.') + 1)] + "*"];
    }
}
