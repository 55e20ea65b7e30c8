namespace EventLedger.Proxy.Metering;

/// <summary>Tells which paths lead to what is billed, however they are written.</summary>
internal static class BillablePaths
{
    private const string Billable = "/v1/";

    /// <summary>Whether a request to <paramref name="path"/> may cost tokens.</summary>
    public static bool Contains(string path)
    {
        var plain = IsPlain(path) ? path : Plain(path);

        return plain.Length > Billable.Length
            && plain.StartsWith(Billable, StringComparison.OrdinalIgnoreCase)
            && !IsAtOrUnder(plain, "/v1/models")
            && !IsAtOrUnder(plain, "/v1/files");
    }

    private static bool IsAtOrUnder(string path, string other) =>
        path.StartsWith(other, StringComparison.OrdinalIgnoreCase)
        && (path.Length == other.Length || path[other.Length] == '/');

    private static bool IsPlain(string path) =>
        !path.Contains('%')
        && !path.Contains("//", StringComparison.Ordinal)
        && !path.Contains("/.", StringComparison.Ordinal);

    // What one server leaves encoded another one decodes: /v1/models/..%2Fchat/completions must not go unbilled.
    private static string Plain(string path)
    {
        var segments = new List<string>();

        foreach (var segment in Uri.UnescapeDataString(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment is not ("." or ".."))
            {
                segments.Add(segment);
            }
            else if (segment is ".." && segments.Count > 0)
            {
                segments.RemoveAt(segments.Count - 1);
            }
        }

        return "/" + string.Join('/', segments);
    }
}
