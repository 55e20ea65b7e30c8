using System.Security.Claims;
using System.Text.Json.Serialization;
using EventLedger.Accounts;
using EventLedger.Ledger.Booking;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>A top-up. The amount is given in one way: in OMR, in micro-OMR, or in units of an asset.</summary>
/// <param name="GrantId">The granter's name for the grant; the same again changes nothing.</param>
/// <param name="CustomerId">Whose account.</param>
/// <param name="TenantId">The tenant to open an unknown customer's account under.</param>
/// <param name="AmountOmr">How much in OMR, to six decimal places.</param>
/// <param name="AmountMicroOmr">How much in micro-OMR.</param>
/// <param name="Amount">How much in the smallest unit of <paramref name="Asset"/>.</param>
/// <param name="Asset">The asset, <c>USD/2</c>.</param>
/// <param name="Reason">What for.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreditRequest(
    string? GrantId, string? CustomerId, string? TenantId, decimal? AmountOmr, long? AmountMicroOmr, long? Amount,
    string? Asset, string? Reason);

/// <summary>Takes top-ups over HTTP.</summary>
internal static class CreditEndpoints
{
    /// <summary>Maps <c>POST /billing/credits</c>.</summary>
    public static void MapCredits(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/billing/credits", GrantAsync)
            .RequireAuthorization(Roles.Operator)
            .WithExample(Examples.Credit)
            .WithRequestLimit()
            .WithName("GrantCredit");

    private static async Task<Results<Ok<EntryResponse>, ProblemHttpResult>> GrantAsync(
        CreditRequest request, ClaimsPrincipal caller, OrderDesk desk, CancellationToken cancellation)
    {
        var problemOfAmount = GrantedAmount.Read(request, out var amount, out var asset);

        if ((ProblemOfText(request) ?? problemOfAmount) is { } problem)
        {
            return problem;
        }

        var grant = new AccountOrder.GrantCredit(request.CustomerId!, request.Reason!, caller.Name())
        {
            GrantId = request.GrantId!,
            Amount = amount,
            Asset = asset,
            TenantId = request.TenantId,
        };
        var outcome = await desk.CarryOutAsync(grant, cancellation);
        return OrderAnswers.ProblemOf(outcome, $"grant {grant.GrantId} of customer {grant.CustomerId}", grant)
            is { } refused
            ? refused
            : TypedResults.Ok(EntryResponse.Of(grant.CustomerId, asset.ToString(), amount, outcome));
    }

    private static ProblemHttpResult? ProblemOfText(CreditRequest request) =>
        RequestText.Check("grant_id", request.GrantId)
        ?? RequestText.CheckName("customer_id", request.CustomerId)
        ?? RequestText.Check("reason", request.Reason)
        ?? (request.TenantId is null ? null : RequestText.CheckName("tenant_id", request.TenantId));
}
