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
    public static OtlpSettings Read(Func<string, Uri?> url, Func<string, string?> text)
    {
        var shared = url($"{Prefix}_ENDPOINT");
        var isDisabled = string.Equals(text("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);

        return new(Target("TRACES"), Target("METRICS"), Target("LOGS"));

        OtlpTarget? Target(string signal)
        {
            var own = url($"{Prefix}_{signal}_ENDPOINT");
            var isOff = isDisabled || text($"OTEL_{signal}_EXPORTER") is "none" || (own ?? shared) is null;

            return isOff ? null : new(
                own,
                text($"{Prefix}_{signal}_PROTOCOL"),
                text($"{Prefix}_{signal}_HEADERS"),
                int.TryParse(
                    text($"{Prefix}_{signal}_TIMEOUT"), NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                    ? limit
                    : null);
        }
    }
}

/// <summary>What one signal's variables say; null where the shared ones count.</summary>
/// <param name="Endpoint">Where to, as it is.</param>
/// <param name="Protocol"><c>grpc</c> or <c>http/protobuf</c>.</param>
/// <param name="Headers">What the collector lets us in with.</param>
/// <param name="TimeoutMs">How long one export may take.</param>
public sealed record OtlpTarget(Uri? Endpoint, string? Protocol, string? Headers, int? TimeoutMs)
{
    /// <summary>Tells nothing of the headers: they hold secrets.</summary>
    public override string ToString() => $"{Endpoint}";
}
