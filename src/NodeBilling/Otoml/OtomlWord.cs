using System.Buffers;
using System.Text;

namespace EventLedger.NodeBilling.Otoml;

/// <summary>Reads the values written without quotes or brackets: booleans, integers, dates and times.</summary>
internal static class OtomlWord
{
    private static readonly SearchValues<byte> Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+.:"u8);

    /// <summary>Reads the word that comes next.</summary>
    public static OtomlValue Read(ref OtomlCursor cursor)
    {
        var place = cursor.Place();

        return Take(ref cursor) switch
        {
            "" => throw cursor.Expected("a value"),
            "true" or "false" => new OtomlBoolean(place),
            var word when OtomlTimes.IsLikely(word) => ReadTime(ref cursor, place, word),
            var word => ReadInteger(place, word),
        };
    }

    private static OtomlTime ReadTime(ref OtomlCursor cursor, OtomlPlace place, string word)
    {
        // A space may stand between date and time, where T usually does.
        if (word.Length == OtomlTimes.DateLength && cursor.IsBeforeDigit(' '))
        {
            cursor.Skip(1);
            word += ' ' + Take(ref cursor);
        }

        return OtomlTimes.TryParse(word, out var instant)
            ? new OtomlTime(place, instant)
            : throw new OtomlException(place, $"{BasicString.Excerpt(word)} is not a date or time");
    }

    private static OtomlInteger ReadInteger(OtomlPlace place, string word) =>
        OtomlNumbers.ProblemOf(word, out var number) is { } problem
            ? throw new OtomlException(place, problem)
            : new OtomlInteger(place, number);

    private static string Take(ref OtomlCursor cursor) => Encoding.UTF8.GetString(cursor.TakeWhile(Characters));
}
