using System.Buffers;
using System.Text;

namespace EventLedger.NodeBilling.Otoml;

/// <summary>One part of a dotted key: <c>b</c> in <c>a.b</c>.</summary>
internal readonly record struct OtomlKeyPart(string Name, OtomlPlace Place);

/// <summary>Reads keys: bare or quoted, and dotted.</summary>
internal static class OtomlKey
{
    private static readonly SearchValues<byte> Bare =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"u8);

    /// <summary>Reads a key and the blanks around its parts; it has at least one part.</summary>
    public static List<OtomlKeyPart> Read(ref OtomlCursor cursor, OtomlStringReader strings)
    {
        var parts = new List<OtomlKeyPart>(1);

        do
        {
            cursor.SkipBlanks();
            var place = cursor.Place();

            if (parts.Count == OtomlLimits.NestingMax)
            {
                throw new OtomlException(place, $"a key has at most {OtomlLimits.NestingMax} parts");
            }

            parts.Add(new OtomlKeyPart(ReadPart(ref cursor, strings), place));
            cursor.SkipBlanks();
        }
        while (cursor.TrySkip("."));

        return parts;
    }

    private static string ReadPart(ref OtomlCursor cursor, OtomlStringReader strings)
    {
        if (cursor.Next is '"' or '\'')
        {
            return cursor.IsAtThreeQuotes
                ? throw cursor.Expected("a key, which has one line and so one quote on each side")
                : strings.Read(ref cursor);
        }

        var place = cursor.Place();
        var name = cursor.TakeWhile(Bare);

        return name.Length switch
        {
            0 => throw cursor.Expected("a key"),
            > OtomlLimits.StringBytesMax =>
                throw new OtomlException(place, $"a key has at most {OtomlLimits.StringBytesMax} bytes"),
            _ => Encoding.UTF8.GetString(name),
        };
    }
}
