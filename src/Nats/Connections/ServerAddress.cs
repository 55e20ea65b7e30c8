using System.Globalization;

namespace EventLedger.Nats;

/// <summary>One server, and what to log in with. Its text never shows the credentials.</summary>
internal sealed record ServerAddress(string Host, int Port, bool Tls, string? UserInfo, string TlsHost)
{
    private const int DefaultPort = 4222;

    /// <summary>The decoded user name; null where there is none, or only a token.</summary>
    public string? User => UserInfo?.IndexOf(':') is >= 0 and var colon ? Decode(UserInfo[..colon]) : null;

    /// <summary>The decoded password.</summary>
    public string? Password => UserInfo?.IndexOf(':') is >= 0 and var colon ? Decode(UserInfo[(colon + 1)..]) : null;

    /// <summary>The decoded token: user info without a colon.</summary>
    public string? Token => UserInfo is { } info && !info.Contains(':') ? Decode(info) : null;

    /// <summary>The servers of a setting. One without credentials takes those of the first that has some.</summary>
    /// <exception cref="ArgumentException">There is none, or one can't be read.</exception>
    public static IReadOnlyList<ServerAddress> ParseAll(string urls)
    {
        var parsed = urls
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(Parse)
            .ToList();

        if (parsed.Count == 0)
        {
            throw new ArgumentException("No server is given; expected nats://host:port.");
        }

        var userInfo = parsed.Find(address => address.UserInfo is not null)?.UserInfo;
        return parsed.ConvertAll(address => address with { UserInfo = address.UserInfo ?? userInfo });
    }

    /// <summary>A server that <paramref name="seed"/> told of: it shares its credentials and TLS.</summary>
    public static ServerAddress? Discovered(string hostAndPort, ServerAddress seed)
    {
        if (!TrySplit(hostAndPort, out var host, out var port))
        {
            return null;
        }

        // A certificate names hosts; the server that is known by its address only is vouched for by the seed's name.
        var tlsHost = System.Net.IPAddress.TryParse(host, out _) ? seed.TlsHost : host;
        return seed with { Host = host, Port = port, TlsHost = tlsHost };
    }

    /// <summary>The setting with its credentials masked.</summary>
    public static string Redact(string urls) => string.Join(',', urls.Split(',').Select(RedactOne));

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static ServerAddress Parse(string url)
    {
        var (scheme, rest) = url.IndexOf("://", StringComparison.Ordinal) is >= 0 and var separator
            ? (url[..separator], url[(separator + 3)..].TrimEnd('/'))
            : ("nats", url);
        var at = rest.LastIndexOf('@');

        if (scheme is not ("nats" or "tls") || !TrySplit(rest[(at + 1)..], out var host, out var port))
        {
            throw new ArgumentException($"{RedactOne(url)} is no server; expected nats://[user:password@]host:port.");
        }

        return new ServerAddress(host, port, scheme == "tls", at < 0 ? null : rest[..at], TlsHost: host);
    }

    private static bool TrySplit(string hostAndPort, out string host, out int port)
    {
        var hostEnd = hostAndPort.StartsWith('[') ? hostAndPort.IndexOf(']') + 1 : hostAndPort.LastIndexOf(':');
        hostEnd = hostEnd < 0 ? hostAndPort.Length : hostEnd;
        host = hostAndPort[..hostEnd].Trim('[', ']');
        port = DefaultPort;

        var portText = hostAndPort.AsSpan(hostEnd);
        var isPortGiven = portText is [':', ..];

        return host.Length > 0
            && Uri.CheckHostName(host) != UriHostNameType.Unknown
            && (portText.IsEmpty || isPortGiven)
            && (!isPortGiven || int.TryParse(portText[1..], NumberStyles.None, CultureInfo.InvariantCulture, out port))
            && port is >= 1 and <= 65535;
    }

    private static string RedactOne(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal) is >= 0 and var separator ? separator + 3 : 0;
        var at = url.LastIndexOf('@');
        return at < start ? url : $"{url[..start]}***{url[at..]}";
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text);
}
