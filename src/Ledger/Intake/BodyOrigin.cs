using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Booking;
using EventLedger.Projections.Sources;

namespace EventLedger.Ledger.Intake;

/// <summary>Where bytes come from that need not be an envelope.</summary>
/// <param name="Source">The producer.</param>
/// <param name="Epoch">Its life.</param>
/// <param name="Sequence">Its number for them.</param>
/// <param name="Hour">The hour in which the response ended; where nobody can tell, that in which they came.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BodyOrigin(string Source, string Epoch, long Sequence, DateTimeOffset Hour)
{
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    /// <summary>
    /// What a message says of it; null unless it says all three, within what <see cref="SourceRollup"/> follows.
    /// </summary>
    public static BodyOrigin? Find(Submission submission)
    {
        var origin = submission.Origin!.Value;
        var body = origin.Body.Span;
        return BodyField.Text(body, "source"u8) is { } source
            && BodyField.Text(body, "epoch"u8) is { } epoch
            && BodyField.Number(body, "sequence"u8) is >= 1 and <= EnvelopeReader.SequenceMax and var sequence
            && IsFollowed(source)
            && IsFollowed(epoch)
                ? new(source, epoch, sequence, UsageHour.Of(CompletedAt(body) ?? origin.PublishedAt))
                : null;
    }

    /// <summary>Whether a producer or an epoch of that name is followed.</summary>
    public static bool IsFollowed(string name) => Encoding.UTF8.GetByteCount(name) <= SourceRollup.NameBytesMax;

    private static DateTimeOffset? CompletedAt(ReadOnlySpan<byte> body) =>
        DateTimeOffset.TryParse(BodyField.Text(body, "completed_at"u8), CultureInfo.InvariantCulture, Utc, out var time)
            ? time
            : null;
}
