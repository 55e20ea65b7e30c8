using EventLedger.Hosting.Logs;
using EventLedger.Hosting.Otlp;

namespace EventLedger.Ledger.Settings;

public sealed partial class LedgerSettings
{
    /// <summary>How log lines are written, <c>LOG_FORMAT</c>.</summary>
    public LogFormat LogFormat => Optional("LOG_FORMAT") switch
    {
        null or "text" => LogFormat.Text,
        "json" => LogFormat.Json,
        var text => throw new SettingException("LOG_FORMAT", $"is {text}", "text or json"),
    };

    /// <summary>Where traces, metrics and logs are exported to, as the standard <c>OTEL_</c> variables say.</summary>
    public OtlpSettings Otlp => OtlpSettings.Read(
        CollectorUrl, Optional, (name, value, expected) => new SettingException(name, $"is {value}", expected));

    // Some put a password into it, so it isn't repeated.
    private Uri? CollectorUrl(string name) => Optional(name) switch
    {
        null => null,
        var text when Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url is { Scheme: "http" or "https", UserInfo: "" } => url,
        _ => throw new SettingException(name, "can't be used", "http://host:port or https://host:port"),
    };
}
