using System.Globalization;
using System.Text;

namespace EventLedger.Proxy.Tests.Rig;

/// <summary>The first line and the headers of a message, as they came over the wire.</summary>
internal sealed record HttpHead(string FirstLine, IReadOnlyList<(string Name, string Value)> Headers)
{
    /// <summary>The value of a header; null where it isn't there.</summary>
    public string? this[string name] => Headers
        .Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        .Select(header => header.Value)
        .FirstOrDefault();

    /// <summary>The status of a response.</summary>
    public int Status => int.Parse(FirstLine.Split(' ')[1], CultureInfo.InvariantCulture);

    /// <summary>The target of a request.</summary>
    public string Target => FirstLine.Split(' ')[1];

    /// <summary>The declared length of the body.</summary>
    public long? ContentLength =>
        this["Content-Length"] is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>Whether the body comes in chunks.</summary>
    public bool IsChunked => this["Transfer-Encoding"]?.Contains("chunked", StringComparison.OrdinalIgnoreCase) is true;

    /// <summary>Reads a head; null where the connection ended first.</summary>
    public static async Task<HttpHead?> ReadAsync(ByteReader reader)
    {
        if (await reader.ReadLineAsync() is not { Length: > 0 } first)
        {
            return null;
        }

        var headers = new List<(string, string)>();

        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':');
            headers.Add((line[..colon], line[(colon + 1)..].Trim()));
        }

        return new(first, headers);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        new StringBuilder(FirstLine).AppendJoin("", Headers.Select(h => $"\r\n{h.Name}: {h.Value}")).ToString();
}
