using System.Text;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Tests.Usage;

/// <summary>Feeds scanners in pieces.</summary>
internal static class Pieces
{
    /// <summary>The scanner after the whole text in one piece.</summary>
    public static T Whole<T>(T scanner, string text)
        where T : IUsageScanner => Scan(scanner, [Encoding.UTF8.GetBytes(text)]);

    /// <summary>The scanner after the text byte by byte.</summary>
    public static T Bytes<T>(T scanner, string text)
        where T : IUsageScanner => Scan(scanner, Encoding.UTF8.GetBytes(text).Chunk(1));

    /// <summary>The scanner after the text in two pieces.</summary>
    public static T Split<T>(T scanner, string text, int at)
        where T : IUsageScanner
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Scan(scanner, [bytes[..at], bytes[at..]]);
    }

    /// <summary>The tokens found, or the reason why there are none.</summary>
    public static object Found(IUsageScanner scanner) =>
        scanner.Usage.TryCount(out var tokens) is not UnmeteredReason.None and var reason ? reason : tokens;

    private static T Scan<T>(T scanner, IEnumerable<byte[]> pieces)
        where T : IUsageScanner
    {
        foreach (var piece in pieces)
        {
            scanner.Scan(piece);
        }

        return scanner;
    }
}
