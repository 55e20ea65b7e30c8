using Microsoft.AspNetCore.Http.Features;

namespace EventLedger.Proxy.Forwarding;

/// <summary>
/// Where at the upstream requests go. Most go to the same few paths, so their addresses are made once.
/// </summary>
internal sealed class UpstreamTargets(string upstreamUrl)
{
    /// <summary>How many addresses are remembered; a power of two.</summary>
    public const int RememberedMax = 64;

    /// <summary>The longest target that is remembered, in characters.</summary>
    public const int RememberedLengthMax = 256;

    private static readonly UriCreationOptions AsWritten =
        new() { DangerousDisablePathAndQueryCanonicalization = true };

    // Each target has one place, by its hash, and whichever came last is in it.
    private readonly Remembered?[] remembered = new Remembered?[RememberedMax];

    /// <summary>What they all begin with.</summary>
    public string UpstreamUrl => upstreamUrl;

    /// <summary>
    /// The target as the client wrote it, so that <c>a%2Fb</c> stays one segment; null where it wrote no path, for the
    /// forwarder to make one.
    /// </summary>
    public Uri? Of(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;

        if (target.Length > RememberedLengthMax)
        {
            return Make(target);
        }

        ref var place = ref remembered[target.GetHashCode(StringComparison.Ordinal) & (RememberedMax - 1)];

        if (Volatile.Read(ref place) is { } known && known.Target == target)
        {
            return known.Url;
        }

        var url = Make(target);
        Volatile.Write(ref place, new(target, url));
        return url;
    }

    private Uri? Make(string target) =>
        target.StartsWith('/') && Uri.TryCreate(upstreamUrl + target, AsWritten, out var url) ? url : null;

    private sealed record Remembered(string Target, Uri? Url);
}
