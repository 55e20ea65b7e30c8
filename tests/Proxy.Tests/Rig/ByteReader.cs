using System.Globalization;
using System.Text;

namespace EventLedger.Proxy.Tests.Rig;

/// <summary>Reads lines and bytes from one end of a connection.</summary>
internal sealed class ByteReader(Stream stream)
{
    private readonly byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;

    /// <summary>How many bytes were read and not taken yet.</summary>
    public int Held => end - start;

    /// <summary>A line without its ending; null at the end of the connection.</summary>
    public async Task<string?> ReadLineAsync()
    {
        var line = new List<byte>();

        while (await FillAsync())
        {
            var next = buffer[start++];

            if (next == '\n')
            {
                return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
            }

            line.Add(next);
        }

        return null;
    }

    /// <summary>Some bytes, as many as are there; none at the end of the connection.</summary>
    public async Task<byte[]> ReadSomeAsync(long countMax)
    {
        if (!await FillAsync())
        {
            return [];
        }

        var count = (int)Math.Min(countMax, end - start);
        start += count;
        return buffer[(start - count)..start];
    }

    /// <summary>Exactly so many bytes.</summary>
    public async Task<byte[]> ReadAsync(long count)
    {
        var bytes = new MemoryStream();

        while (bytes.Length < count)
        {
            var some = await ReadSomeAsync(count - bytes.Length);

            if (some.Length == 0)
            {
                throw new EndOfStreamException($"The connection ended {count - bytes.Length} bytes early.");
            }

            bytes.Write(some);
        }

        return bytes.ToArray();
    }

    /// <summary>The chunks of a body, then its trailers.</summary>
    public async IAsyncEnumerable<byte[]> ReadChunksAsync(List<string>? trailers = null)
    {
        while (true)
        {
            var size = await ReadLineAsync() ?? throw new EndOfStreamException("The connection ended within chunks.");
            var length = int.Parse(size.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);

            if (length == 0)
            {
                break;
            }

            var chunk = await ReadAsync(length);
            await ReadLineAsync();
            yield return chunk;
        }

        while (await ReadLineAsync() is { Length: > 0 } trailer)
        {
            trailers?.Add(trailer);
        }
    }

    private async Task<bool> FillAsync()
    {
        if (start == end)
        {
            (start, end) = (0, await stream.ReadAsync(buffer));
        }

        return start < end;
    }
}
