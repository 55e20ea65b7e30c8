using System.Security.Claims;
using EventLedger.Projections.Accounts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>
/// Whose accounts a caller may read: operators and auditors all, a tenant's admin those that belong to the tenant now,
/// everybody else their own.
/// </summary>
/// <param name="accounts">Says which tenant an account belongs to.</param>
internal sealed class AccountAccess(AccountQueries accounts)
{
    /// <summary>The accounts that lists and reports may show to a caller.</summary>
    public static AccountScope ScopeOf(ClaimsPrincipal caller) =>
        caller.MayReadAll() ? AccountScope.All
        : caller.TenantId() is { } tenantId ? new AccountScope(TenantId: tenantId)
        : new AccountScope(CustomerId: caller.Name());

    /// <summary>Whether the caller may read that customer's account.</summary>
    public async ValueTask<bool> MayReadAsync(
        ClaimsPrincipal caller, string customerId, CancellationToken cancellation) =>
        caller.MayReadAll()
        || (caller.TenantId() is { } tenantId
            ? await accounts.FindTenantAsync(customerId, cancellation) == tenantId
            : caller.Name() == customerId);

    /// <summary>
    /// What to answer to a caller who may not read that account; null to one who may. Neither answer tells whether
    /// there is such an account: a tenant's admin gets the same as for a customer that isn't known.
    /// </summary>
    public async ValueTask<ProblemHttpResult?> RefuseAsync(
        ClaimsPrincipal caller, string customerId, CancellationToken cancellation) =>
        await MayReadAsync(caller, customerId, cancellation) ? null
        : caller.TenantId() is not null ? Unknown(customerId)
        : Problems.Of(StatusCodes.Status403Forbidden, "a customer may read their own account only");

    /// <summary>The answer for a customer that isn't known.</summary>
    public static ProblemHttpResult Unknown(string customerId) =>
        Problems.Of(StatusCodes.Status404NotFound, $"customer {customerId} is not known");
}
