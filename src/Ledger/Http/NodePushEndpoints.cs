using EventLedger.Ledger.Nodes;
using EventLedger.NodeBilling.Forges;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>What a push came to.</summary>
/// <param name="Files">Files that were written.</param>
/// <param name="Records">Records since the last push, which are in the repository now.</param>
/// <param name="Commit">The newest commit; null where everything was there already.</param>
public sealed record NodePushResponse(int Files, int Records, string? Commit);

/// <summary>Pushes node usage on demand.</summary>
internal static class NodePushEndpoints
{
    /// <summary>The path, which <c>ledger push-usage</c> calls too.</summary>
    public const string Path = "/admin/push-usage-now";

    /// <summary>Maps <c>POST /admin/push-usage-now</c>.</summary>
    public static void MapNodePush(this IEndpointRouteBuilder routes) =>
        routes.MapPost(Path, PushAsync).AllowAnonymous().WithName("PushNodeUsage");

    private static async Task<Results<Ok<NodePushResponse>, ProblemHttpResult>> PushAsync(
        HttpContext context, AdminSecret secret, CancellationToken cancellation)
    {
        if (secret.Refuse(context.Request) is { } refused)
        {
            return refused;
        }

        if (context.RequestServices.GetService<UsagePush>() is not { } push)
        {
            return Problems.Of(StatusCodes.Status404NotFound, "there is nowhere to push to: FORGE_URL is not set");
        }

        try
        {
            return await push.PushAsync(cancellation) is { } pushed
                ? TypedResults.Ok(new NodePushResponse(pushed.Files, pushed.Records, pushed.Commit))
                : Problems.Of(StatusCodes.Status409Conflict, "another push is at it; ask again later");
        }
        catch (ForgeException failure)
        {
            return Problems.Of(StatusCodes.Status502BadGateway, failure.Message);
        }
    }
}
