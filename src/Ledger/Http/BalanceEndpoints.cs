using System.Security.Claims;
using EventLedger.Projections.Balances;
using BalanceResults = Microsoft.AspNetCore.Http.HttpResults.Results<
    Microsoft.AspNetCore.Http.HttpResults.Ok<EventLedger.Ledger.Http.BalanceResponse>,
    Microsoft.AspNetCore.Http.HttpResults.StatusCodeHttpResult,
    Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult>;

namespace EventLedger.Ledger.Http;

/// <summary>Reads balances over HTTP, as they are and as they were.</summary>
internal static class BalanceEndpoints
{
    /// <summary>Maps <c>GET /billing/customers/{id}/balance</c>.</summary>
    public static void MapBalances(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/billing/customers/{customerId}/balance", GetAsync)
            .WithQueryExample("at", "2026-11-21T17:00:00Z", "As it was by the last block at or before then.")
            .WithQueryExample("position", "5", "As it was at that position of the ledger, in place of at.")
            .WithAnswer(Answers.Balance)
            .WithName("GetBalance");

    private static async Task<BalanceResults> GetAsync(
        string customerId, string? at, string? position, HttpContext context, ClaimsPrincipal caller,
        AccountAccess access, BalanceQueries balances, PastBalances past, CancellationToken cancellation)
    {
        if (await access.RefuseAsync(caller, customerId, cancellation) is { } refusal)
        {
            return refusal;
        }

        if (at is not null || position is not null)
        {
            return await past.GetAsync(customerId, at, position, context, cancellation);
        }

        if (await balances.FindAsync(customerId, cancellation) is not { } found)
        {
            return AccountAccess.Unknown(customerId);
        }

        var balance = BalanceResponse.Of(customerId, found);
        return context.OkUnlessKnown($"{balance.Position}", balance);
    }
}
