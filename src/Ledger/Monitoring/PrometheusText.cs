using System.Globalization;
using System.Text;

namespace EventLedger.Ledger.Monitoring;

/// <summary>
/// Names, labels and numbers as Prometheus' text form wants them. Source: Prometheus documentation, "Exposition
/// formats", version 0.0.4.
/// </summary>
internal static class PrometheusText
{
    /// <summary>The type that scrapers ask for.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>The name of a metric: that of its instrument and its unit.</summary>
    public static string Name(string instrument, string? unit) => instrument.Replace('.', '_') + unit switch
    {
        "s" => "_seconds",
        "By" => "_bytes",
        _ => "",
    };

    /// <summary>Labels between braces; nothing where there are none.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        var text = new StringBuilder();

        foreach (var (key, value) in tags)
        {
            var shown = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            text.Append(text.Length == 0 ? '{' : ',').Append(key.Replace('.', '_')).Append("=\"")
                .Append(shown.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")).Append('"');
        }

        return text.Append('}').ToString();
    }

    /// <summary>Labels with one more.</summary>
    public static string With(string labels, string key, string value) =>
        labels.Length == 0 ? $"{{{key}=\"{value}\"}}" : $"{labels[..^1]},{key}=\"{value}\"}}";

    /// <summary>A help text in one line.</summary>
    public static string Help(string? text) => (text ?? "").Replace("\\", "\\\\").Replace("\n", "\\n");

    /// <summary>A number, without an exponent where it can be.</summary>
    public static string Number(double value) => value.ToString("0.############", CultureInfo.InvariantCulture);
}
