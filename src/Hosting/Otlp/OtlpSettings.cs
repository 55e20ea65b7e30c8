using System.Globalization;

namespace EventLedger.Hosting.Otlp;

/// <summary>Where traces, metrics and logs are exported to, as the standard variables say; null for nowhere.</summary>
/// <param name="Traces">The target of traces.</param>
/// <param name="Metrics">The target of metrics.</param>
/// <param name="Logs">The target of logs.</param>
public sealed record OtlpSettings(OtlpTarget? Traces, OtlpTarget? Metrics, OtlpTarget? Logs)
{
    private const string Prefix = "OTEL_EXPORTER_OTLP";

    /// <summary>Whether anything is exported.</summary>
    public bool IsOn => Traces is not null || Metrics is not null || Logs is not null;

    /// <summary>
    /// Reads what decides whether something is exported, and what the exporter doesn't read by itself: the forms of one
    /// signal.
    /// </summary>
    /// <param name="url">An URL by the name of its variable; null where it isn't set.</param>
    /// <param name="text">Any other variable.</param>
    /// <param name="refuse">Makes what is thrown for a variable, its value and what is allowed.</param>
    public static OtlpSettings Read(
        Func<string, Uri?> url, Func<string, string?> text, Func<string, string, string, Exception> refuse)
    {
        var shared = url($"{Prefix}_ENDPOINT");

        // The SDK reads these itself, and takes its defaults for what it can't use.
        _ = (Protocol($"{Prefix}_PROTOCOL"), TimeoutMs($"{Prefix}_TIMEOUT"));
        var isDisabled = string.Equals(text("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);

        return new(Target("TRACES"), Target("METRICS"), Target("LOGS"));

        OtlpTarget? Target(string signal)
        {
            var own = url($"{Prefix}_{signal}_ENDPOINT");
            var isOff = isDisabled || text($"OTEL_{signal}_EXPORTER") is "none" || (own ?? shared) is null;

            return isOff ? null : new(
                own,
                Protocol($"{Prefix}_{signal}_PROTOCOL"),
                text($"{Prefix}_{signal}_HEADERS"),
                TimeoutMs($"{Prefix}_{signal}_TIMEOUT"));
        }

        OtlpProtocol? Protocol(string name) => text(name) switch
        {
            null => null,
            "grpc" => OtlpProtocol.Grpc,
            "http/protobuf" => OtlpProtocol.HttpProtobuf,
            var other => throw refuse(name, other, "grpc or http/protobuf"),
        };

        int? TimeoutMs(string name) => text(name) switch
        {
            null => null,
            var number when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                && limit > 0 => limit,
            var other => throw refuse(name, other, "milliseconds, a whole number above 0"),
        };
    }
}

/// <summary>What is spoken with a collector; ours: the exporter is loaded only where it exports.</summary>
public enum OtlpProtocol
{
    /// <summary>OTLP over gRPC, as <c>grpc</c> says.</summary>
    Grpc,

    /// <summary>OTLP over HTTP, as <c>http/protobuf</c> says.</summary>
    HttpProtobuf,
}

/// <summary>What one signal's variables say; null where the shared ones count.</summary>
/// <param name="Endpoint">Where to, as it is.</param>
/// <param name="Protocol">What is spoken.</param>
/// <param name="Headers">What the collector lets us in with.</param>
/// <param name="TimeoutMs">How long one export may take.</param>
public sealed record OtlpTarget(Uri? Endpoint, OtlpProtocol? Protocol, string? Headers, int? TimeoutMs)
{
    /// <summary>Tells nothing of the headers: they hold secrets.</summary>
    public override string ToString() => $"{Endpoint}";
}
