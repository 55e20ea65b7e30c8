using Microsoft.Net.Http.Headers;

namespace EventLedger.Ledger.Http;

/// <summary>Which form of an answer a caller would rather have, by its header <c>Accept</c>.</summary>
internal static class Acceptance
{
    /// <summary>
    /// The form of the highest q-value, the first of those that are equal; null if none will do. A form's q-value is
    /// that of the range that names it most closely (RFC 9110, 12.5.1).
    /// </summary>
    public static string? Choose(HttpRequest request, params ReadOnlySpan<string> forms)
    {
        if (string.IsNullOrWhiteSpace(request.Headers.Accept.ToString()))
        {
            return forms[0];
        }

        var ranges = request.GetTypedHeaders().Accept;
        var (best, bestQuality) = ((string?)null, 0d);

        foreach (var form in forms)
        {
            if (QualityOf(form, ranges) is var quality && quality > bestQuality)
            {
                (best, bestQuality) = (form, quality);
            }
        }

        return best;
    }

    private static double QualityOf(string form, IEnumerable<MediaTypeHeaderValue> ranges) =>
        ranges.Where(range => range.MatchesMediaType(form))
            .OrderBy(range => range.MatchesAllTypes).ThenBy(range => range.MatchesAllSubTypes)
            .Select(range => range.Quality ?? 1)
            .FirstOrDefault();
}
