using System.Net.Http.Headers;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Metering;

/// <summary>Chooses how a response is read.</summary>
internal static class ResponseScanners
{
    /// <summary>Whether the response may state usage: a success with JSON, or a stream of events.</summary>
    public static bool MayStateUsage(HttpResponseMessage response) =>
        response.IsSuccessStatusCode && response.Content.Headers is { ContentLength: not 0, ContentType: { } type }
        && (IsStream(response) || IsJson(type));

    /// <summary>Whether it is a stream of events.</summary>
    public static bool IsStream(HttpResponseMessage response) =>
        string.Equals(
            response.Content.Headers.ContentType?.MediaType, "text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>A scanner for the response; null where its encoding can't be read.</summary>
    public static IUsageScanner? For(HttpResponseMessage response)
    {
        IUsageScanner scanner = IsStream(response) ? new SseUsageScanner() : new JsonUsageScanner();

        return ContentEncodings.Decoding(scanner, [.. response.Content.Headers.ContentEncoding]);
    }

    private static bool IsJson(MediaTypeHeaderValue type) =>
        string.Equals(type.MediaType, "application/json", StringComparison.OrdinalIgnoreCase)
        || type.MediaType?.EndsWith("+json", StringComparison.OrdinalIgnoreCase) is true;
}
