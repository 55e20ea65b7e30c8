using System.Text;
using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Booking;
using EventLedger.Projections.Sources;

namespace EventLedger.Ledger.Intake;

/// <summary>Where bytes come from that need not be an envelope.</summary>
/// <param name="Source">The producer.</param>
/// <param name="Epoch">Its life.</param>
/// <param name="Sequence">Its number for them.</param>
internal readonly record struct BodyOrigin(string Source, string Epoch, long Sequence)
{
    /// <summary>
    /// What a message says of it; null unless it says all three, within what <see cref="SourceRollup"/> follows.
    /// </summary>
    public static BodyOrigin? Find(Submission submission)
    {
        var body = submission.Origin!.Value.Body.Span;
        return BodyField.Text(body, "source"u8) is { } source
            && BodyField.Text(body, "epoch"u8) is { } epoch
            && BodyField.Number(body, "sequence"u8) is >= 1 and <= EnvelopeReader.SequenceMax and var sequence
            && IsFollowed(source)
            && IsFollowed(epoch)
                ? new(source, epoch, sequence)
                : null;
    }

    private static bool IsFollowed(string name) => Encoding.UTF8.GetByteCount(name) <= SourceRollup.NameBytesMax;
}
