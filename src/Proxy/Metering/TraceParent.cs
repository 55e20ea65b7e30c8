using System.Diagnostics;

namespace EventLedger.Proxy.Metering;

/// <summary>
/// Which trace a request belongs to, in the form of W3C Trace Context: ours where traces are exported, else the
/// client's.
/// </summary>
internal static class TraceParent
{
    /// <summary>The characters of one; what has more or fewer is none.</summary>
    public const int Length = 55;

    /// <summary>The trace of a request; null for none.</summary>
    public static string? Of(HttpRequest request) =>
        Checked(Activity.Current?.Id) ?? Checked(request.Headers.TraceParent is [{ } sent] ? sent : null);

    private static string? Checked(string? text) =>
        text is { Length: Length } && ActivityContext.TryParse(text, traceState: null, out _) ? text : null;
}
