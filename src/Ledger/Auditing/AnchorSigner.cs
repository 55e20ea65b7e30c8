using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Proofs;

namespace EventLedger.Ledger.Auditing;

/// <summary>Signs heads for whoever asks, where a key is set.</summary>
/// <param name="key">The key; null where none is set.</param>
internal sealed class AnchorSigner(AnchorKey? key) : IDisposable
{
    // One signature at a time: the key isn't for two threads at once.
    private readonly Lock signing = new();

    /// <summary>The anchor of a block, as a file of anchors takes it; null without a key.</summary>
    public string? Sign(Block block)
    {
        if (key is null)
        {
            return null;
        }

        lock (signing)
        {
            return AnchorText.Write(key.Sign(block));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => key?.Dispose();
}
