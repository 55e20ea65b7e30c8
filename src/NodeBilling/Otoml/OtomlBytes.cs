using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace EventLedger.NodeBilling.Otoml;

/// <summary>What must be so of a file's bytes before they are read as text.</summary>
internal static class OtomlBytes
{
    /// <summary>Refuses bytes that are too many, or not UTF-8.</summary>
    public static void Check(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > OtomlLimits.BytesMax)
        {
            throw new OtomlException(
                OtomlPlace.Start, $"the file has {utf8.Length} bytes; at most {OtomlLimits.BytesMax} are read");
        }

        if (!Utf8.IsValid(utf8))
        {
            throw new OtomlException(PlaceOfInvalid(utf8), "the bytes here are not UTF-8");
        }
    }

    private static OtomlPlace PlaceOfInvalid(ReadOnlySpan<byte> utf8)
    {
        var (line, column) = OtomlPlace.Start;

        while (Rune.DecodeFromUtf8(utf8, out var character, out var length) == OperationStatus.Done)
        {
            (line, column) = character.Value == '\n' ? (line + 1, 1) : (line, column + 1);
            utf8 = utf8[length..];
        }

        return new OtomlPlace(line, column);
    }
}
