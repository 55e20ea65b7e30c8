using System.Text;

namespace EventLedger.EventStore.Reading;

/// <summary>
/// Gives the same string for the same bytes while it remembers them, so that ASCII names that repeat aren't made each
/// time.
/// </summary>
internal sealed class TextCache
{
    /// <summary>The most strings it remembers; a power of two.</summary>
    public const int TextsMax = 4096;

    private readonly string?[] texts = new string?[TextsMax];

    /// <summary>The text that <paramref name="utf8"/> says.</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        ref var remembered = ref texts[SlotOf(utf8)];

        // Each has one slot: a text that comes takes the place of the one that was there.
        return remembered is not null && Ascii.Equals(utf8, remembered)
            ? remembered
            : remembered = Encoding.UTF8.GetString(utf8);
    }

    private static int SlotOf(ReadOnlySpan<byte> utf8)
    {
        var hash = new HashCode();
        hash.AddBytes(utf8);
        return hash.ToHashCode() & (TextsMax - 1);
    }
}
