using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using EventLedger.Hosting.Logs;

namespace EventLedger.Proxy.Settings;

/// <summary>Reads settings from environment variables; an empty one counts as not set.</summary>
internal sealed partial class SettingReader(Func<string, string?> variable)
{
    /// <summary>A text as it is.</summary>
    public string Text(string name, string otherwise) => Find(name) ?? otherwise;

    /// <summary>A name of at most so many characters.</summary>
    public string Name(string name, string otherwise, int lengthMax) =>
        Find(name) is not { } text ? otherwise
        : text.Length <= lengthMax ? text
        : throw new SettingException(name, text, $"expected a name of at most {lengthMax} characters");

    /// <summary>A text, or nothing.</summary>
    public string? OptionalText(string name) => Find(name);

    /// <summary>The name of an HTTP header.</summary>
    public string HeaderName(string name, string otherwise) =>
        Find(name) is not { } text ? otherwise
        : HeaderNameForm().IsMatch(text) ? text
        : throw new SettingException(name, text, "expected the name of an HTTP header, such as x-customer-id");

    /// <summary>A whole number within bounds.</summary>
    public long Whole(string name, long otherwise, long min, long max) =>
        Find(name) is not { } text ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max ? number
        : throw new SettingException(name, text, $"expected a whole number from {min} to {max}");

    /// <summary>A port to listen on, or none.</summary>
    public int? OptionalPort(string name) =>
        Find(name) is null ? null : (int)Whole(name, 0, 1, IPEndPoint.MaxPort);

    /// <summary>Yes or no.</summary>
    public bool Flag(string name, bool otherwise) => Find(name) switch
    {
        null => otherwise,
        "true" => true,
        "false" => false,
        var text => throw new SettingException(name, text, "expected true or false"),
    };

    /// <summary>A duration from a millisecond up, <c>5s</c>, <c>300ms</c>, <c>30m</c>.</summary>
    public TimeSpan Duration(string name, TimeSpan otherwise, TimeSpan max) =>
        Find(name) is not { } text ? otherwise
        : DurationOf(text) is { } duration && duration > TimeSpan.Zero && duration <= max ? duration
        : throw new SettingException(name, text, $"expected a duration such as 5s, 300ms or 30m, at most {max}");

    /// <summary>How log lines are written.</summary>
    public LogFormat Format(string name) => Find(name) switch
    {
        null or "text" => LogFormat.Text,
        "json" => LogFormat.Json,
        var text => throw new SettingException(name, text, "expected text or json"),
    };

    /// <summary>The address of an HTTP server, or none.</summary>
    public Uri? OptionalHttpUrl(string name) => Find(name) is { } text ? HttpUrlOf(name, text) : null;

    /// <summary>The address of an HTTP server, without a query.</summary>
    public Uri HttpUrl(string name, string otherwise) => HttpUrlOf(name, Find(name) ?? otherwise);

    /// <summary>The addresses of a broker. They may hold a password, so a wrong one isn't repeated.</summary>
    public string NatsUrl(string name)
    {
        const string Allowed = "expected nats://[USER:PASSWORD@]HOST:PORT, or several with commas between them";
        var text = Find(name) ?? TextOfFile($"{name}_FILE") ?? throw new SettingException(name, null, Allowed);

        return text.Split(',').All(IsNatsUrl)
            ? text
            : throw new SettingException(name, WithoutPassword(text), Allowed);
    }

    /// <summary>Networks such as <c>10.0.0.0/8</c>, with commas between them; null where none are named.</summary>
    public IReadOnlyList<IPNetwork>? Networks(string name) =>
        Find(name) is not { } text ? null
        : [.. text.Split(',', StringSplitOptions.TrimEntries).Select(part => NetworkOf(name, part))];

    private static IPNetwork NetworkOf(string name, string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var single) ? new IPNetwork(single, single.GetAddressBytes().Length * 8)
        : throw new SettingException(name, text, "expected networks such as 10.0.0.0/8, with commas between them");

    private static Uri HttpUrlOf(string name, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url is { Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" }
            ? url
            : throw new SettingException(
                name, WithoutPassword(text), "expected http://HOST:PORT or https://HOST:PORT, without a password");

    private static bool IsNatsUrl(string text) =>
        Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url)
        && url is { Scheme: "nats" or "tls", Host.Length: > 0 };

    private static TimeSpan? DurationOf(string text)
    {
        if (DurationForm().Match(text) is not { Success: true } match
            || !int.TryParse(match.Groups["count"].ValueSpan, CultureInfo.InvariantCulture, out var count))
        {
            return null;
        }

        return match.Groups["unit"].Value switch
        {
            "ms" => TimeSpan.FromMilliseconds(count),
            "s" => TimeSpan.FromSeconds(count),
            "m" => TimeSpan.FromMinutes(count),
            _ => TimeSpan.FromHours(count),
        };
    }

    private static string WithoutPassword(string text) => Credentials().Replace(text, "//***@");

    private string? TextOfFile(string name)
    {
        if (Find(name) is not { } file)
        {
            return null;
        }

        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new SettingException(name, file, "expected a file that can be read");
        }
    }

    private string? Find(string name) => variable(name) is { Length: > 0 } text ? text : null;

    [GeneratedRegex("^(?<count>[0-9]+)(?<unit>ms|s|m|h)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DurationForm();

    [GeneratedRegex("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", RegexOptions.None, 1000)]
    private static partial Regex HeaderNameForm();

    [GeneratedRegex("//[^@/,]*@", RegexOptions.None, 1000)]
    private static partial Regex Credentials();
}
