using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace EventLedger.Ledger.Http;

/// <summary>Names for what an answer shows, so that who asks again isn't sent the same once more.</summary>
internal static class EntityTags
{
    /// <summary>The answer, under its name; 304 if the caller has it already.</summary>
    public static Results<Ok<T>, StatusCodeHttpResult, ProblemHttpResult> OkUnlessKnown<T>(
        this HttpContext context, string tag, T answer) =>
        context.NotModified(tag) is { } same ? same : TypedResults.Ok(answer);

    /// <summary>
    /// Names the answer. 304 if the caller has it already; null if it is to be sent.
    /// </summary>
    /// <param name="context">The request and its answer.</param>
    /// <param name="tag">Changes whenever the answer does: made of positions of the ledger.</param>
    public static StatusCodeHttpResult? NotModified(this HttpContext context, string tag)
    {
        var own = new EntityTagHeaderValue($"\"{tag}\"");
        var headers = context.Response.GetTypedHeaders();
        headers.ETag = own;
        headers.CacheControl = new() { Private = true, NoCache = true };
        context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Authorization);

        return context.Request.GetTypedHeaders().IfNoneMatch
            .Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(own, useStrongComparison: false))
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : null;
    }
}
