using System.Text;

namespace EventLedger.EventStore.Reading;

/// <summary>
/// Gives the same string for the same bytes while it remembers them, so that ASCII names that repeat aren't made each
/// time. Any number of threads may ask it.
/// </summary>
internal sealed class TextCache
{
    /// <summary>The most strings it remembers; a power of two.</summary>
    public const int TextsMax = 4096;

    private readonly string?[] texts = new string?[TextsMax];

    /// <summary>The text that <paramref name="utf8"/> says.</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        var slot = SlotOf(utf8);

        // Read once, since other threads may put another text there meanwhile.
        if (texts[slot] is { } remembered && Ascii.Equals(utf8, remembered))
        {
            return remembered;
        }

        return texts[slot] = Encoding.UTF8.GetString(utf8);
    }

    private static int SlotOf(ReadOnlySpan<byte> utf8)
    {
        var hash = new HashCode();
        hash.AddBytes(utf8);
        return hash.ToHashCode() & (TextsMax - 1);
    }
}
