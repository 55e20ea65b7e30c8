using System.Globalization;
using System.Text;
using System.Text.Json;
using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Proofs;
using EventLedger.EventStore.Verifying;

namespace EventLedger.EventStore.Exporting;

/// <summary>
/// Follows the lines of an export in their order: every block must be the chain's next, and every event the next of
/// its block and of its stream. It grows with the streams, not with their events.
/// </summary>
/// <param name="head">Where the export says that it ends.</param>
internal sealed class ExportCheck(Head head)
{
    private const string FingerprintField = "fingerprint";

    private readonly BlockChain chain = new(null);
    private readonly MerkleTree tree = new();
    private readonly Dictionary<string, long> versions = new(StringComparer.Ordinal);
    private Block? open;

    /// <summary>The position that was reached.</summary>
    public long Position { get; private set; }

    /// <summary>Blocks that were followed.</summary>
    public long Blocks => chain.Followed;

    /// <summary>Events that were followed.</summary>
    public long Events { get; private set; }

    /// <summary>The last version of each stream.</summary>
    public IReadOnlyDictionary<string, long> Streams => versions;

    /// <summary>Takes the next block; tells why it can't be the next.</summary>
    public Finding? Take(Block block)
    {
        if ((FindMissing() ?? chain.Follow(block)) is { } finding)
        {
            return finding;
        }

        if (block.Root is null)
        {
            Position = block.LastPosition;
        }
        else
        {
            open = block;
        }

        return null;
    }

    /// <summary>Takes the next event; tells why it can't be the next.</summary>
    /// <param name="event">The event, its data in the form of <see cref="CanonicalJson"/>.</param>
    /// <param name="digest">What its leaf must begin with; null to take what it does begin with.</param>
    /// <param name="known">What <c>event_ids</c> keeps of it.</param>
    public Finding? Take(ProvenEvent @event, long? digest, out (long Fingerprint, long Digest) known)
    {
        Span<byte> leaf = stackalloc byte[LeafHash.Size];
        LeafHash.Compute(@event.StreamId, @event.Version, @event.Id, @event.Type, @event.Data, leaf);
        var fingerprint = FingerprintOf(@event.Data);
        known = (fingerprint ?? 0, LeafHash.Digest(leaf));

        if (FindMisplaced(@event.Position) is { } misplaced)
        {
            return misplaced;
        }

        if (digest is not null && digest != known.Digest)
        {
            return new Finding(@event.Position, "was changed: its digest isn't the one that its content gives");
        }

        var next = versions.GetValueOrDefault(@event.StreamId) + 1;

        if (@event.Version != next)
        {
            return StreamVersions.OutOfTurn(
                @event.Position, @event.Version, Encoding.UTF8.GetBytes(@event.StreamId), next);
        }

        if (fingerprint is null)
        {
            return new Finding(@event.Position, "has a fingerprint that isn't hexadecimal");
        }

        versions[@event.StreamId] = next;
        tree.Add(leaf);
        Position++;
        Events++;
        return Position == open!.LastPosition ? Close(open) : null;
    }

    /// <summary>Tells what is missing behind the last line.</summary>
    public Finding? End() => FindMissing() ?? chain.CompareWith(head);

    private Finding? FindMissing() => open is null ? null : new Finding(Position + 1, "is missing");

    private Finding? FindMisplaced(long position) =>
        position <= Position ? new Finding(position, "comes a second time, or behind a later one")
        : open is null ? new Finding(position, "is in no block: its block doesn't come before it")
        : position > Position + 1 ? new Finding(Position + 1, $"is missing: position {position} comes instead")
        : null;

    private Finding? Close(Block block)
    {
        open = null;
        return tree.TakeRoot().AsSpan().SequenceEqual(block.Root)
            ? null
            : new Finding(
                block.FirstPosition,
                $"or a later one up to {block.LastPosition} was changed: they don't give the root of block "
                + $"{block.Number}");
    }

    // 0 where the event has none; null where it isn't hexadecimal.
    private static long? FingerprintOf(ReadOnlySpan<byte> data)
    {
        var json = new Utf8JsonReader(data);

        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            return 0;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = json.ValueTextEquals(FingerprintField);
            json.Read();

            if (isIt)
            {
                return json.TokenType == JsonTokenType.String && long.TryParse(
                    json.ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
                    ? number
                    : null;
            }

            json.Skip();
        }

        return 0;
    }
}
