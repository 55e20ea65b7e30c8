using System.Text.RegularExpressions;
using EventLedger.Ledger.Cli;
using EventLedger.NodeBilling.Forges;

namespace EventLedger.Ledger.Settings;

public sealed partial class LedgerSettings
{
    private const int MatchLimitMs = 1000;

    private static readonly TimeSpan PushIntervalDefault = TimeSpan.FromHours(1);

    // Timers can't wait for much longer.
    private static readonly TimeSpan IntervalMax = TimeSpan.FromDays(30);

    /// <summary>How often node usage is pushed while the service runs, <c>PUSH_INTERVAL</c>; null for never.</summary>
    public TimeSpan? PushInterval => Interval("PUSH_INTERVAL", PushIntervalDefault);

    /// <summary>How often node usage is pulled while the service runs, <c>PULL_INTERVAL</c>; null for never.</summary>
    public TimeSpan? PullInterval => Interval("PULL_INTERVAL", fallback: null);

    /// <summary>The repository of the nodes' usage, <c>FORGE_URL</c> and its companions; null without one.</summary>
    public ForgeOptions? Forge
    {
        get
        {
            if (Optional("FORGE_URL") is null)
            {
                return null;
            }

            var url = ForgeUrl;
            var token = url.IsFile ? null : (Func<string>)(() => ForgeToken);
            var defaults = new ForgeOptions(url, token);

            // A token that can't be used stops the start.
            _ = token?.Invoke();

            return new ForgeOptions(url, token)
            {
                Owner = PlainName("FORGE_OWNER", defaults.Owner),
                Repository = PlainName("FORGE_REPO", defaults.Repository),
                Branch = PlainName("FORGE_BRANCH", defaults.Branch),
            };
        }
    }

    // It goes into a header; the value isn't repeated.
    private string ForgeToken => Secret("FORGE_TOKEN") is { Length: > 0 } token
        && !token.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? token
            : throw new SettingException(
                "FORGE_TOKEN", "can't be used", "visible ASCII characters, without a space or the end of a line");

    // The value may hold a password, so it isn't repeated.
    private Uri ForgeUrl => Uri.TryCreate(Optional("FORGE_URL"), UriKind.Absolute, out var url)
        && url is { Scheme: "http" or "https" or "file", UserInfo: "", Query: "", Fragment: "" }
        && (!url.IsFile || url.Host.Length == 0)
            ? url
            : throw new SettingException(
                "FORGE_URL", "can't be used", "https://host, or file:///path/repo.git; the token goes to FORGE_TOKEN");

    private string PlainName(string name, string fallback) => Optional(name) switch
    {
        null => fallback,
        var text when Plain().IsMatch(text) => text,
        var text => throw new SettingException(
            name, $"is {text}", "letters, digits, dashes, dots and underscores, not beginning with a dot or a dash"),
    };

    private TimeSpan? Interval(string name, TimeSpan? fallback) => Optional(name) switch
    {
        null => fallback,
        "0" => null,
        var text when Duration.TryParse(text, out var interval) && interval <= IntervalMax => interval,
        var text => throw new SettingException(
            name, $"is {text}", $"0 for never, or a duration such as 30m or 1h, {IntervalMax.TotalDays:0}d at most"),
    };

    [GeneratedRegex(
        @"\A[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*\z", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Plain();
}
