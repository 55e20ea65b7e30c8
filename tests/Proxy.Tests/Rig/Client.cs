using System.Net.Sockets;
using System.Text;

namespace EventLedger.Proxy.Tests.Rig;

/// <summary>A response as it came: head, body by chunks (one for a body of a declared length), trailers.</summary>
internal sealed record Response(HttpHead Head, IReadOnlyList<byte[]> Chunks, IReadOnlyList<string> Trailers)
{
    /// <summary>The status.</summary>
    public int Status => Head.Status;

    /// <summary>The bytes of the body.</summary>
    public byte[] Body => [.. Chunks.SelectMany(chunk => chunk)];

    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>A client on one connection of its own, that sends and sees bytes as they are.</summary>
internal sealed class Client : IDisposable
{
    private const string Identity = "x-customer-id: user-1\r\n";

    private readonly TcpClient connection;
    private readonly Stream stream;
    private readonly ByteReader reader;

    private Client(TcpClient connection)
    {
        this.connection = connection;
        stream = connection.GetStream();
        reader = new(stream);
    }

    /// <summary>Connects to a port of this machine.</summary>
    public static async Task<Client> ConnectAsync(int port)
    {
        var made = new TcpClient { NoDelay = true };
        await made.ConnectAsync("127.0.0.1", port);
        return new(made);
    }

    /// <summary>One request on a connection of its own.</summary>
    public static async Task<Response> SendOnceAsync(
        int port, string path, string body = "{}", string headers = Identity, string method = "POST")
    {
        using var client = await ConnectAsync(port);
        return await client.RequestAsync(path, body, headers, method);
    }

    /// <summary>Sends a request and reads the response.</summary>
    public async Task<Response> RequestAsync(
        string path, string body = "{}", string headers = Identity, string method = "POST")
    {
        await SendAsync(path, body, headers, method);
        return await ReadResponseAsync();
    }

    /// <summary>Sends a request.</summary>
    public Task SendAsync(
        string path, string body = "{}", string headers = Identity, string method = "POST") => SendTextAsync(
        $"{method} {path} HTTP/1.1\r\nHost: client\r\nContent-Type: application/json\r\n"
        + $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}\r\n{body}");

    /// <summary>Sends text as it is.</summary>
    public Task SendTextAsync(string text) => stream.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask();

    /// <summary>Reads a head.</summary>
    public async Task<HttpHead> ReadHeadAsync() =>
        await HttpHead.ReadAsync(reader) ?? throw new EndOfStreamException("The connection ended before a response.");

    /// <summary>Reads the next chunk of a body, of which more than one will come.</summary>
    public async Task<byte[]> ReadChunkAsync()
    {
        await foreach (var chunk in reader.ReadChunksAsync())
        {
            return chunk;
        }

        return [];
    }

    /// <summary>Reads a whole response, and forgets it; returns how many bytes the body had.</summary>
    public async Task<long> CountBodyAsync()
    {
        var head = await ReadHeadAsync();
        head.Status.ShouldBe(200);
        var count = 0L;

        if (head.IsChunked)
        {
            await foreach (var chunk in reader.ReadChunksAsync())
            {
                count += chunk.Length;
            }
        }

        while (count < head.ContentLength)
        {
            count += (await reader.ReadSomeAsync(head.ContentLength.Value - count)).Length;
        }

        return count;
    }

    /// <summary>Reads a whole response.</summary>
    public async Task<Response> ReadResponseAsync()
    {
        var head = await ReadHeadAsync();
        var trailers = new List<string>();

        if (!head.IsChunked)
        {
            return new(head, [await reader.ReadAsync(head.ContentLength ?? 0)], trailers);
        }

        var chunks = new List<byte[]>();

        await foreach (var chunk in reader.ReadChunksAsync(trailers))
        {
            chunks.Add(chunk);
        }

        return new(head, chunks, trailers);
    }

    /// <summary>Reads a line of a connection that has changed its protocol.</summary>
    public Task<string?> ReadLineAsync() => reader.ReadLineAsync();

    /// <summary>Whether the connection ends without a further byte.</summary>
    public async Task<bool> EndsAsync() => (await reader.ReadSomeAsync(1)).Length == 0;

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();
}
