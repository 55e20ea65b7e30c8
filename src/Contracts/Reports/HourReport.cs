using System.Text.Json;
using System.Text.Json.Serialization;
using EventLedger.Contracts.Envelopes;

namespace EventLedger.Contracts.Reports;

/// <summary>What a producer counted in one hour, to which envelopes belong by the end of their responses.</summary>
/// <param name="Hour">The hour's begin.</param>
/// <param name="Observed">All that it saw.</param>
/// <param name="Published">Of these, those that the broker has, each once.</param>
/// <param name="Spooled">Those that it still holds.</param>
/// <param name="Refused">Those that the broker refuses for good, set aside.</param>
/// <param name="Lost">Those that neither disk nor memory took.</param>
public sealed record HourFigures(
    DateTimeOffset Hour, long Observed, long Published, long Spooled, long Refused, long Lost)
{
    /// <summary>Those of which nobody knows what became; 0 unless something is wrong.</summary>
    [JsonIgnore]
    public long Difference => Observed - Published - Spooled - Refused - Lost;
}

/// <summary>
/// What a producer counted in the hours that it remembers. It says all of it again and again, so that one report that
/// isn't heard is no loss.
/// </summary>
/// <param name="Source">The producer.</param>
/// <param name="Spool">What it counts with: another one counts anew.</param>
/// <param name="Hours">Its hours, each once.</param>
public sealed record HourReport(string Source, Guid Spool, IReadOnlyList<HourFigures> Hours)
{
    /// <summary>The hours of a report at most.</summary>
    public const int HoursMax = 96;

    /// <summary>The bytes of a report at most.</summary>
    public const int BytesMax = 64 * 1024;

    /// <summary>The report's JSON.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ReportJson.Default.HourReport);

    /// <summary>Reads a report; null where it is none.</summary>
    public static HourReport? TryRead(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return bytes.Length <= BytesMax
                && JsonSerializer.Deserialize(bytes, ReportJson.Default.HourReport) is { } report
                && report.IsSound
                    ? report
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // What can't be counted must not come between the other hours' figures.
    [JsonIgnore]
    private bool IsSound => Source is { Length: > 0 and <= EnvelopeReader.NameLengthMax }
        && !Source.Contains('\0')
        && Hours.Count <= HoursMax
        && !Hours.Contains(null!)
        && Hours.Select(figures => figures.Hour).Distinct().Count() == Hours.Count
        && Hours.All(IsCount);

    private static bool IsCount(HourFigures figures) => UsageHour.Of(figures.Hour) == figures.Hour
        && new[] { figures.Observed, figures.Published, figures.Spooled, figures.Refused, figures.Lost }
            .All(count => count is >= 0 and <= EnvelopeReader.SequenceMax);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(HourReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
