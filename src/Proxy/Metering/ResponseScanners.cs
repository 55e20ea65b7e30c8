using EventLedger.Proxy.Usage;
using Microsoft.Extensions.ObjectPool;

namespace EventLedger.Proxy.Metering;

/// <summary>Chooses how a response is read.</summary>
internal static class ResponseScanners
{
    private const int IdleMax = 256;

    private static readonly DefaultObjectPool<JsonUsageScanner> Documents =
        new(new DefaultPooledObjectPolicy<JsonUsageScanner>(), IdleMax);

    private static readonly DefaultObjectPool<SseUsageScanner> Streams =
        new(new DefaultPooledObjectPolicy<SseUsageScanner>(), IdleMax);

    /// <summary>Whether the response may state usage: a success with JSON, or a stream of events.</summary>
    public static bool MayStateUsage(HttpResponseMessage response) =>
        response is { IsSuccessStatusCode: true, Content.Headers.ContentLength: not 0 }
        && (IsStream(response) || IsJson(MediaTypeOf(response)));

    /// <summary>Whether it is a stream of events.</summary>
    public static bool IsStream(HttpResponseMessage response) =>
        MediaTypeOf(response).Equals("text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>A scanner for the response; null where its encoding can't be read.</summary>
    public static IUsageScanner? For(HttpResponseMessage response, bool isStream)
    {
        IUsageScanner scanner = isStream ? Streams.Get() : Documents.Get();

        return response.Content.Headers.NonValidated.Contains("Content-Encoding")
            ? ContentEncodings.Decoding(scanner, [.. response.Content.Headers.ContentEncoding])
            : scanner;
    }

    /// <summary>Ends the use of a scanner, so that another response may be read with it.</summary>
    public static void GiveBack(IUsageScanner scanner)
    {
        switch (scanner)
        {
            case JsonUsageScanner document:
                document.Reset();
                Documents.Return(document);
                break;
            case SseUsageScanner stream:
                stream.Reset();
                Streams.Return(stream);
                break;
        }
    }

    private static bool IsJson(ReadOnlySpan<char> mediaType) =>
        mediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        || mediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase);

    // Read as it came: the framework's parser makes objects of it, for each response.
    private static ReadOnlySpan<char> MediaTypeOf(HttpResponseMessage response)
    {
        var type = response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values)
            ? values.ToString()
            : "";
        var end = type.IndexOf(';', StringComparison.Ordinal);

        return (end < 0 ? type : type.AsSpan(0, end)).Trim();
    }
}
