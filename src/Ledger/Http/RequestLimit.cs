using Microsoft.AspNetCore.Http.Metadata;

namespace EventLedger.Ledger.Http;

/// <summary>The most bytes that an endpoint reads of a request's body; more is answered with 413.</summary>
internal static class RequestLimit
{
    /// <summary>The most of a request that is one small object.</summary>
    public const int BytesMax = 64 * 1024;

    /// <summary>Bounds the bodies of endpoints.</summary>
    public static T WithRequestLimit<T>(this T endpoints, long bytesMax = BytesMax)
        where T : IEndpointConventionBuilder =>
        endpoints.WithMetadata(new Limit(bytesMax));

    private sealed record Limit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
