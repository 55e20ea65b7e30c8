using EventLedger.EventStore.Blocks;

namespace EventLedger.EventStore.Proofs;

/// <summary>
/// The newest block at some moment, kept where nobody who can change the database can change it: history up to there
/// can't be rewritten any more without it being seen.
/// </summary>
/// <param name="Block">The block's number.</param>
/// <param name="Position">Its last position.</param>
/// <param name="TimeUs">Its time, in microseconds since 1970.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="Key">SHA-256 of the public key that checks the signature.</param>
/// <param name="Signature">ECDSA over the text of the rest.</param>
public sealed record Anchor(
    long Block, long Position, long TimeUs, byte[] Hash, byte[] Key, byte[] Signature)
{
    /// <summary>Whether it was made of <paramref name="block"/>.</summary>
    public bool IsOf(Block block) =>
        block.Number == Block && block.LastPosition == Position && block.TimeUs == TimeUs
        && block.Hash.AsSpan().SequenceEqual(Hash);
}
