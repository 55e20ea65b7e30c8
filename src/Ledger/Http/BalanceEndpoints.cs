using System.Security.Claims;
using EventLedger.Contracts.Money;
using EventLedger.Projections.Balances;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>What a customer's entries add up to.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="BalanceOmr">The balance in whole OMR, truncated toward zero.</param>
/// <param name="BalanceMicroOmr">The balance in micro-OMR.</param>
/// <param name="Entries">How many events changed a balance, over all assets.</param>
/// <param name="Position">The last position that changed one; 0 if none did.</param>
/// <param name="Balances">The balance in each asset, in its smallest unit.</param>
public sealed record BalanceResponse(
    string CustomerId, long BalanceOmr, long BalanceMicroOmr, long Entries, long Position,
    IReadOnlyDictionary<string, long> Balances)
{
    /// <summary>Puts a customer's balances together.</summary>
    public static BalanceResponse Of(string customerId, IReadOnlyList<Balance> balances)
    {
        var byAsset = balances.ToDictionary(balance => balance.Asset, balance => balance.Amount);
        var micro = byAsset.GetValueOrDefault(Asset.MicroOmr.ToString());

        return new(
            customerId, Omr.Whole(micro), micro, balances.Sum(balance => balance.Entries),
            balances.Select(balance => balance.Position).DefaultIfEmpty().Max(), byAsset);
    }
}

/// <summary>Reads balances over HTTP.</summary>
internal static class BalanceEndpoints
{
    /// <summary>Maps <c>GET /billing/customers/{id}/balance</c>.</summary>
    public static void MapBalances(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/billing/customers/{customerId}/balance", GetAsync).WithName("GetBalance");

    private static async Task<Results<Ok<BalanceResponse>, ProblemHttpResult>> GetAsync(
        string customerId, ClaimsPrincipal caller, BalanceQueries balances, CancellationToken cancellation)
    {
        if (!caller.MayRead(customerId))
        {
            return Problems.Of(StatusCodes.Status403Forbidden, "a customer may read their own balance only");
        }

        return await balances.FindAsync(customerId, cancellation) is { } found
            ? TypedResults.Ok(BalanceResponse.Of(customerId, found))
            : Problems.Of(StatusCodes.Status404NotFound, $"customer {customerId} is not known");
    }
}
