using System.Security.Claims;

namespace EventLedger.Ledger.Http;

/// <summary>Who may do what, by the token's claims <c>role</c> and <c>sub</c>.</summary>
internal static class Roles
{
    /// <summary>The policy of what changes money.</summary>
    public const string Operator = "operator";

    /// <summary>The policy of what shows more than one customer's account.</summary>
    public const string Reader = "reader";

    private const string SuperAdmin = "superadmin";
    private const string SovereignAdmin = "sovereign-admin";
    private const string Auditor = "auditor";

    /// <summary>Whether the caller runs the ledger.</summary>
    public static bool IsOperator(this ClaimsPrincipal caller) =>
        caller.IsInRole(SuperAdmin) || caller.IsInRole(SovereignAdmin);

    /// <summary>The caller's name, as it is kept with what they do.</summary>
    public static string Name(this ClaimsPrincipal caller) => caller.FindFirstValue("sub")!;

    /// <summary>
    /// Whether the caller may read that customer's account: operators and auditors all, others their own.
    /// </summary>
    public static bool MayRead(this ClaimsPrincipal caller, string customerId) =>
        caller.MayReadAll() || caller.Name() == customerId;

    /// <summary>Whether the caller may read everything.</summary>
    public static bool MayReadAll(this ClaimsPrincipal caller) => caller.IsOperator() || caller.IsInRole(Auditor);
}
