using System.Diagnostics;

namespace EventLedger.Accounts;

/// <summary>What becomes of an operator's order. Pure: what is known arrives as arguments.</summary>
public static class OrderDecider
{
    private const string OpenedByCredit = "credit";

    /// <summary>The key that an order is carried out under; null for one that may come again.</summary>
    public static Guid? KeyOf(AccountOrder order) => order switch
    {
        AccountOrder.GrantCredit grant => EventId.OfGrant(grant.CustomerId, grant.GrantId),
        AccountOrder.ReverseEntry reversal => EventId.OfReversal(reversal.CustomerId, reversal.Entry.EventId),
        AccountOrder.Close => EventId.OfClosing(order.CustomerId),
        _ => null,
    };

    /// <summary>Decides in order: repetition, other content under the same key, refusals, event.</summary>
    /// <param name="order">What an operator wants.</param>
    /// <param name="account">The customer's account so far.</param>
    /// <param name="version">How many events it has.</param>
    /// <param name="known">The fingerprint of the event under the order's key; null if there is none.</param>
    /// <param name="corrections">The corrections of the charge that is to be undone, those that were undone excepted.
    /// </param>
    /// <exception cref="OverflowException">The opposite of an amount is outside 64 bits.</exception>
    public static OrderDecision Decide(
        AccountOrder order, Account account, long version, Fingerprint? known, IReadOnlyCollection<Guid> corrections)
    {
        var fingerprint = Fingerprint.Of(order);

        if (known is { } before)
        {
            var id = KeyOf(order)!.Value;
            return before == fingerprint ? new OrderDecision.Repeated(id) : new OrderDecision.Conflicting(id);
        }

        return order switch
        {
            AccountOrder.GrantCredit grant => Grant(grant, account, fingerprint),
            _ when !account.IsKnown => new OrderDecision.Refused(OrderRefusal.UnknownCustomer),
            _ when corrections.Count > 0 => new OrderDecision.Corrected(corrections),
            AccountOrder.ReverseEntry reversal => Reverse(reversal, account, fingerprint),
            AccountOrder.Close => Accept(
                order, fingerprint, new AccountClosed(order.Reason, order.By, fingerprint.ToString())),
            AccountOrder.ChangeTenant change => ChangeTenant(change, account, version),
            _ => throw new UnreachableException($"{order.GetType().Name} has no decision."),
        };
    }

    private static OrderDecision Grant(AccountOrder.GrantCredit grant, Account account, Fingerprint fingerprint)
    {
        if (!account.IsKnown && grant.TenantId is null)
        {
            return new OrderDecision.Refused(OrderRefusal.UnknownCustomer);
        }

        if (account.IsKnown && grant.TenantId is { } named && named != account.TenantId)
        {
            return new OrderDecision.Refused(OrderRefusal.OtherTenant);
        }

        var granted = new CreditGranted
        {
            Amount = grant.Amount,
            Asset = grant.Asset.ToString(),
            Reason = grant.Reason,
            GrantId = grant.GrantId,
            GrantedBy = grant.By,
            Fingerprint = fingerprint.ToString(),
            AfterClosing = account.IsClosed,
        };
        return Accept(
            grant, fingerprint, granted, account.IsKnown ? null : new AccountOpened(grant.TenantId!, OpenedByCredit));
    }

    private static OrderDecision Reverse(AccountOrder.ReverseEntry reversal, Account account, Fingerprint fingerprint)
    {
        var entry = reversal.Entry;

        return entry.Type == AccountCodec.Reversed
            ? new OrderDecision.Refused(OrderRefusal.ReversalOfReversal)
            : Accept(reversal, fingerprint, new UsageReversed
            {
                Amount = -entry.Amount,
                Asset = entry.Asset,
                Reason = reversal.Reason,
                Reverses = entry.EventId,
                ReversedType = entry.Type,
                Model = entry.Model,
                CompletedAt = entry.CompletedAt,
                ReversedBy = reversal.By,
                Fingerprint = fingerprint.ToString(),
                AfterClosing = account.IsClosed,
            });
    }

    // Accounts may go back to a tenant that they had, so the event has no key that would forbid it.
    private static OrderDecision ChangeTenant(AccountOrder.ChangeTenant change, Account account, long version) =>
        change.TenantId == account.TenantId
            ? new OrderDecision.AlreadySo()
            : new OrderDecision.Accepted(
                EventId.OfTenantChange(change.CustomerId, version), default, Opened: null,
                new AccountTenantChanged(change.TenantId, change.Reason, change.By));

    private static OrderDecision Accept(
        AccountOrder order, Fingerprint fingerprint, AccountEvent @event, AccountOpened? opened = null) =>
        new OrderDecision.Accepted(KeyOf(order)!.Value, fingerprint, opened, @event);
}
