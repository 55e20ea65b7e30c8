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

    /// <summary>What the response's body is.</summary>
    public static BodyKind KindOf(HttpResponseMessage response)
    {
        var type = MediaTypeOf(response);

        return IsJson(type) ? BodyKind.Document
            : type.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase) ? BodyKind.Events
            : BodyKind.Other;
    }

    /// <summary>Whether the response may state usage: a success that isn't empty, of a kind that does.</summary>
    public static bool MayStateUsage(HttpResponseMessage response, BodyKind kind) =>
        kind is not BodyKind.Other && response is { IsSuccessStatusCode: true, Content.Headers.ContentLength: not 0 };

    /// <summary>A scanner for a response that may state usage; null where its encoding can't be read.</summary>
    public static IUsageScanner? For(HttpResponseMessage response, BodyKind kind)
    {
        IUsageScanner scanner = kind is BodyKind.Events ? Streams.Get() : Documents.Get();

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
