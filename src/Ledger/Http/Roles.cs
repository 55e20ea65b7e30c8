using System.Security.Claims;

namespace EventLedger.Ledger.Http;

/// <summary>Who may do what, by the token's claims <c>role</c>, <c>sub</c> and <c>tenant_id</c>.</summary>
internal static class Roles
{
    /// <summary>The policy of what changes money.</summary>
    public const string Operator = "operator";

    /// <summary>The policy of what shows more than one customer's account.</summary>
    public const string Reader = "reader";

    private const string SuperAdmin = "superadmin";
    private const string SovereignAdmin = "sovereign-admin";
    private const string Auditor = "auditor";
    private const string TenantAdmin = "tenant-admin";

    /// <summary>Whether the caller runs the ledger.</summary>
    public static bool IsOperator(this ClaimsPrincipal caller) =>
        caller.IsInRole(SuperAdmin) || caller.IsInRole(SovereignAdmin);

    /// <summary>The caller's name, as it is kept with what they do.</summary>
    public static string Name(this ClaimsPrincipal caller) => caller.FindFirstValue("sub")!;

    /// <summary>The tenant whose accounts the caller looks after; null for who is no tenant's admin.</summary>
    public static string? TenantId(this ClaimsPrincipal caller) =>
        caller.IsInRole(TenantAdmin) && caller.FindFirstValue("tenant_id") is { Length: > 0 } tenantId
            ? tenantId
            : null;

    /// <summary>Whether the caller may read everything.</summary>
    public static bool MayReadAll(this ClaimsPrincipal caller) => caller.IsOperator() || caller.IsInRole(Auditor);
}
