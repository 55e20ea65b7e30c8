using System.Net.Sockets;
using System.Text;

namespace EventLedger.Proxy.Tests.Rig;

/// <summary>One request at the upstream, and the connection to answer it on.</summary>
internal sealed class UpstreamCall(HttpHead head, ByteReader reader, Stream stream, TcpClient client)
{
    private byte[]? body;

    /// <summary>The request's first line and headers.</summary>
    public HttpHead Head => head;

    /// <summary>Whether the whole body came with the head. To be asked before it is read.</summary>
    public bool CameInOnePiece => reader.Held == head.ContentLength;

    /// <summary>The request's body, as soon as it was read.</summary>
    public byte[] Body => body ?? throw new InvalidOperationException("The body wasn't read.");

    /// <summary>Reads the request's body.</summary>
    public async Task<byte[]> ReadBodyAsync() => body ??= await ReadAsync();

    /// <summary>Reads a line of a connection that has changed its protocol.</summary>
    public Task<string?> ReadLineAsync() => reader.ReadLineAsync();

    /// <summary>Reads the request's body of a declared length, and forgets it.</summary>
    public async Task DiscardBodyAsync()
    {
        for (var left = head.ContentLength ?? 0; left > 0;)
        {
            left -= (await reader.ReadSomeAsync(left)).Length;
        }

        body = [];
    }

    /// <summary>Sends bytes as they are.</summary>
    public Task SendAsync(ReadOnlyMemory<byte> bytes) => stream.WriteAsync(bytes).AsTask();

    /// <summary>Sends text as it is.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends one chunk of a body.</summary>
    public Task SendChunkAsync(ReadOnlySpan<byte> bytes) =>
        SendAsync((byte[])[.. Encoding.ASCII.GetBytes($"{bytes.Length:x}\r\n"), .. bytes, .. "\r\n"u8]);

    /// <summary>Sends one chunk of a body.</summary>
    public Task SendChunkAsync(string text) => SendChunkAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Ends a body in chunks.</summary>
    public Task EndChunksAsync(string trailers = "") => SendAsync($"0\r\n{trailers}\r\n");

    /// <summary>Sends a head for a body in chunks.</summary>
    public Task BeginChunksAsync(string contentType, string headers = "", string status = "200 OK") => SendAsync(
        $"HTTP/1.1 {status}\r\nContent-Type: {contentType}\r\nTransfer-Encoding: chunked\r\n{headers}\r\n");

    /// <summary>Answers with a whole body of a declared length.</summary>
    public Task AnswerAsync(string contentType, string text, string headers = "", string status = "200 OK") =>
        AnswerAsync(contentType, Encoding.UTF8.GetBytes(text), headers, status);

    /// <summary>Answers with a whole body of a declared length.</summary>
    public async Task AnswerAsync(string contentType, byte[] bytes, string headers = "", string status = "200 OK")
    {
        await ReadBodyAsync();
        await SendAsync(
            $"HTTP/1.1 {status}\r\nContent-Type: {contentType}\r\nContent-Length: {bytes.Length}\r\n{headers}\r\n");
        await SendAsync(bytes);
    }

    /// <summary>Breaks the connection off.</summary>
    public void BreakOff() => client.Client.Close(0);

    private async Task<byte[]> ReadAsync()
    {
        if (!head.IsChunked)
        {
            return await reader.ReadAsync(head.ContentLength ?? 0);
        }

        var bytes = new MemoryStream();

        await foreach (var chunk in reader.ReadChunksAsync())
        {
            bytes.Write(chunk);
        }

        return bytes.ToArray();
    }
}
