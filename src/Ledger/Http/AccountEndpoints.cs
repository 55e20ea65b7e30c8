using System.Security.Claims;
using System.Text.Json.Serialization;
using EventLedger.Accounts;
using EventLedger.Ledger.Booking;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>A change of an account's tenant.</summary>
/// <param name="TenantId">The tenant that the account belongs to from now on.</param>
/// <param name="Reason">Why.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TenantRequest(string? TenantId, string? Reason);

/// <summary>The answer to a change of an account.</summary>
/// <param name="CustomerId">Whose account.</param>
/// <param name="EventId">The event that says so; null where the account was so already.</param>
/// <param name="Duplicate">Whether nothing changed, as it was so already.</param>
public sealed record AccountResponse(string CustomerId, Guid? EventId, bool Duplicate);

/// <summary>Changes accounts over HTTP.</summary>
internal static class AccountEndpoints
{
    /// <summary>Maps <c>POST /billing/customers/{id}/close</c> and <c>…/tenant</c>.</summary>
    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        var account = routes.MapGroup("/billing/customers/{customerId}")
            .RequireAuthorization(Roles.Operator)
            .WithRequestLimit();
        account.MapPost("/close", CloseAsync).WithExample(Examples.Reason).WithName("CloseAccount");
        account.MapPost("/tenant", ChangeTenantAsync).WithExample(Examples.Tenant).WithName("ChangeTenant");
    }

    private static async Task<Results<Ok<AccountResponse>, ProblemHttpResult>> CloseAsync(
        string customerId, ReasonRequest request, ClaimsPrincipal caller, OrderDesk desk,
        CancellationToken cancellation) =>
        RequestText.Check("reason", request.Reason) is { } problem
            ? problem
            : await CarryOutAsync(
                new AccountOrder.Close(customerId, request.Reason!, caller.Name()), desk, cancellation);

    private static async Task<Results<Ok<AccountResponse>, ProblemHttpResult>> ChangeTenantAsync(
        string customerId, TenantRequest request, ClaimsPrincipal caller, OrderDesk desk,
        CancellationToken cancellation)
    {
        var problem = RequestText.CheckName("tenant_id", request.TenantId)
            ?? RequestText.Check("reason", request.Reason);
        return problem is not null
            ? problem
            : await CarryOutAsync(
                new AccountOrder.ChangeTenant(customerId, request.Reason!, caller.Name())
                {
                    TenantId = request.TenantId!,
                },
                desk, cancellation);
    }

    private static async Task<Results<Ok<AccountResponse>, ProblemHttpResult>> CarryOutAsync(
        AccountOrder order, OrderDesk desk, CancellationToken cancellation)
    {
        var outcome = await desk.CarryOutAsync(order, cancellation);

        if (OrderAnswers.ProblemOf(outcome, $"the closing of customer {order.CustomerId}", order) is { } problem)
        {
            return problem;
        }

        Guid? eventId = outcome switch
        {
            OrderOutcome.Done done => done.EventId,
            OrderOutcome.Repeated repeated => repeated.EventId,
            _ => null,
        };
        return TypedResults.Ok(new AccountResponse(order.CustomerId, eventId, outcome is not OrderOutcome.Done));
    }
}
