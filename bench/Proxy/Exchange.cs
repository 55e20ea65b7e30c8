using System.Text;

namespace EventLedger.Proxy.Bench;

/// <summary>One request, sent again and again over one connection, and what its answers take.</summary>
internal sealed class Exchange
{
    private static readonly byte[] ChunksEnd = "\r\n0\r\n\r\n"u8.ToArray();

    private readonly byte[] buffer = new byte[128 * 1024];
    private int received;
    private int length;

    /// <summary>The exchange of a path that takes requests to a model.</summary>
    public Exchange(string path)
    {
        const string Body = """{"model":"m","stream":true,"stream_options":{"include_usage":true}}""";
        Request = Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: x\r\nx-customer-id: c\r\nx-tenant-id: t\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
    }

    /// <summary>The request's bytes.</summary>
    public byte[] Request { get; }

    /// <summary>Where the next bytes of the answer are received.</summary>
    public Memory<byte> Room => buffer.AsMemory(received);

    /// <summary>Whether the answer is whole with the bytes that were received now; the next one begins then.</summary>
    public bool IsWholeAfter(int read)
    {
        if (read == 0)
        {
            throw new IOException("The connection ended.");
        }

        received += read;

        // The first answer tells its length, which all later ones of a declared length share.
        if (length == 0)
        {
            length = WholeLength(buffer.AsSpan(0, received));
        }

        var isWhole = length > 0 ? received >= length : buffer.AsSpan(0, received).EndsWith(ChunksEnd);
        received = isWhole ? 0 : received;
        return isWhole;
    }

    private static int WholeLength(ReadOnlySpan<byte> answer)
    {
        var head = Encoding.ASCII.GetString(answer[..answer.IndexOf("\r\n\r\n"u8)]);
        var declared = head.Split("\r\n").FirstOrDefault(
            line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase));

        return head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)
            ? declared is null ? -1 : head.Length + 4 + int.Parse(declared.Split(':')[1])
            : throw new IOException(head);
    }
}
