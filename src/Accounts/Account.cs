using System.Diagnostics;

namespace EventLedger.Accounts;

/// <summary>The part of a customer's history that decisions depend on, and nothing else.</summary>
/// <param name="TenantId">The tenant it belongs to; null while nobody has opened it.</param>
/// <param name="IsClosed">Whether an operator has closed it.</param>
public sealed record Account(string? TenantId, bool IsClosed = false)
{
    /// <summary>A customer that was never seen.</summary>
    public static readonly Account Initial = new(TenantId: null);

    /// <summary>Whether the customer is known.</summary>
    public bool IsKnown => TenantId is not null;

    /// <summary>The account after one more event.</summary>
    public static Account Evolve(Account account, AccountEvent @event) => @event switch
    {
        AccountOpened opened => account with { TenantId = opened.TenantId },
        AccountTenantChanged changed => account with { TenantId = changed.TenantId },
        AccountClosed => account with { IsClosed = true },
        UsageRecorded or UsageCorrected or UsageReversed or CreditGranted or LegacyEntryImported => account,
        _ => throw new UnreachableException($"{@event.GetType().Name} has no effect on an account."),
    };
}
