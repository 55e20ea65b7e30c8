using Microsoft.AspNetCore.Http.Features;

namespace EventLedger.Proxy.Forwarding;

/// <summary>Where at the upstream a request goes.</summary>
internal static class UpstreamTarget
{
    private static readonly UriCreationOptions AsWritten =
        new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>
    /// The target as the client wrote it, so that <c>a%2Fb</c> stays one segment; null where it wrote no path, for the
    /// forwarder to make one.
    /// </summary>
    public static Uri? Of(HttpContext context, string upstreamUrl)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

        return target.StartsWith('/')
            && Uri.TryCreate(upstreamUrl + target, AsWritten, out var url)
            ? url
            : null;
    }
}
