namespace EventLedger.Ledger.Intake;

/// <summary>Where bytes come from that need not be an envelope.</summary>
/// <param name="Source">The producer.</param>
/// <param name="Epoch">Its life.</param>
/// <param name="Sequence">Its number for them.</param>
internal readonly record struct BodyOrigin(string Source, string Epoch, long Sequence)
{
    /// <summary>What they say of it; null unless they say all three.</summary>
    public static BodyOrigin? Find(ReadOnlySpan<byte> body) =>
        BodyField.Text(body, "source"u8) is { } source
        && BodyField.Text(body, "epoch"u8) is { } epoch
        && BodyField.Number(body, "sequence"u8) is { } sequence
            ? new(source, epoch, sequence)
            : null;
}
