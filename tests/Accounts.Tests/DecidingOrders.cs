using EventLedger.Contracts.Envelopes;
using EventLedger.Contracts.Money;

namespace EventLedger.Accounts.Tests;

public class DecidingOrders
{
    private static readonly Account Open = new("tenant-acme");
    private static readonly Account Closed = Open with { IsClosed = true };
    private static readonly Guid Undone = new("dc21ee6c-94c2-dd08-4a3f-bad18f6f1e40");

    private static readonly AccountOrder.GrantCredit Grant = new("c", "top-up", "op")
    {
        GrantId = "g-1",
        Amount = 5_000_000,
        Asset = Asset.MicroOmr,
    };

    private static readonly AccountOrder.ReverseEntry Reversal = new("c", "charged twice", "op")
    {
        Entry = new(Undone, "usage_recorded", -234, "OMR/6", "qwen3-coder"),
    };

    private static readonly AccountOrder.Close Closing = new("c", "left", "op");
    private static readonly AccountOrder.ChangeTenant Change = new("c", "merger", "op") { TenantId = "tenant-other" };

    public static TheoryData<AccountOrder> Orders => [Grant, Reversal, Closing, Change];

    public static TheoryData<AccountOrder> KeyedOrders => [Grant, Reversal, Closing];

    [Fact]
    public void A_grant_to_a_known_customer_is_booked()
    {
        var accepted = Decide(Grant).ShouldBeOfType<OrderDecision.Accepted>();

        accepted.Id.ShouldBe(EventId.OfGrant("c", "g-1"));
        accepted.Opened.ShouldBeNull();
        accepted.Event.ShouldBe(new CreditGranted
        {
            Amount = 5_000_000,
            Asset = "OMR/6",
            Reason = "top-up",
            GrantId = "g-1",
            GrantedBy = "op",
            Fingerprint = Fingerprint.Of(Grant).ToString(),
        });
    }

    [Fact]
    public void A_grant_opens_an_unknown_customer_under_the_tenant_it_names()
    {
        Decide(Grant with { TenantId = "t" }, Account.Initial).ShouldBeOfType<OrderDecision.Accepted>()
            .Opened.ShouldBe(new AccountOpened("t", "credit"));
        Decide(Grant with { TenantId = "tenant-acme" }).ShouldBeOfType<OrderDecision.Accepted>().Opened.ShouldBeNull();
    }

    [Fact]
    public void A_grant_under_another_tenant_than_the_accounts_is_refused() =>
        Decide(Grant with { TenantId = "other" }).ShouldBe(new OrderDecision.Refused(OrderRefusal.OtherTenant));

    [Theory, MemberData(nameof(Orders))]
    public void An_unknown_customer_is_refused(AccountOrder order) =>
        Decide(order, Account.Initial).ShouldBe(new OrderDecision.Refused(OrderRefusal.UnknownCustomer));

    [Theory, MemberData(nameof(KeyedOrders))]
    public void The_same_again_is_a_repetition_whoever_orders_it(AccountOrder order) =>
        Decide(order with { By = "another" }, Closed, Fingerprint.Of(order))
            .ShouldBe(new OrderDecision.Repeated(OrderDecider.KeyOf(order)!.Value));

    [Theory, MemberData(nameof(KeyedOrders))]
    public void The_same_with_another_reason_conflicts(AccountOrder order) =>
        Decide(order with { Reason = "another" }, known: Fingerprint.Of(order))
            .ShouldBe(new OrderDecision.Conflicting(OrderDecider.KeyOf(order)!.Value));

    [Fact]
    public void The_same_grant_of_another_amount_or_asset_conflicts()
    {
        Decide(Grant with { Amount = 1 }, known: Fingerprint.Of(Grant)).ShouldBeOfType<OrderDecision.Conflicting>();
        Decide(Grant with { Asset = new("USD", 2) }, known: Fingerprint.Of(Grant))
            .ShouldBeOfType<OrderDecision.Conflicting>();
    }

    [Fact]
    public void A_reversal_is_the_opposite_and_points_at_what_it_undoes()
    {
        var accepted = Decide(Reversal).ShouldBeOfType<OrderDecision.Accepted>();

        accepted.Id.ShouldBe(EventId.OfReversal("c", Undone));
        accepted.Event.ShouldBe(new UsageReversed
        {
            Amount = 234,
            Asset = "OMR/6",
            Reason = "charged twice",
            Reverses = Undone,
            ReversedType = "usage_recorded",
            Model = "qwen3-coder",
            ReversedBy = "op",
            Fingerprint = Fingerprint.Of(Reversal).ToString(),
        });
    }

    [Fact]
    public void A_reversal_is_not_reversed() =>
        Decide(Reversal with { Entry = Reversal.Entry with { Type = "usage_reversed" } })
            .ShouldBe(new OrderDecision.Refused(OrderRefusal.ReversalOfReversal));

    [Fact]
    public void An_amount_without_an_opposite_is_refused() => Should.Throw<OverflowException>(
        () => Decide(Reversal with { Entry = Reversal.Entry with { Amount = long.MinValue } }));

    [Fact]
    public void What_is_booked_on_a_closed_account_is_marked()
    {
        var usage = new UsageEnvelope { CustomerId = "c", AmountMicroOmr = -1, Reason = "r", RequestId = "q" };

        EventOf<CreditGranted>(Decide(Grant, Closed)).AfterClosing.ShouldBeTrue();
        EventOf<UsageReversed>(Decide(Reversal, Closed)).AfterClosing.ShouldBeTrue();
        IsAfterClosing(Closed).ShouldBeTrue();
        IsAfterClosing(Open).ShouldBeFalse();

        bool IsAfterClosing(Account account) => UsageDecider
            .Decide(usage, UsageDecider.FirstId(usage), account, _ => null, refuseReuse: true)
            .ShouldBeOfType<UsageDecision.Charged>().Usage.AfterClosing;
    }

    [Fact]
    public void Closing_and_changing_the_tenant_change_the_account()
    {
        var closed = Account.Evolve(Open, EventOf<AccountClosed>(Decide(Closing)));
        var moved = Account.Evolve(closed, EventOf<AccountTenantChanged>(Decide(Change, closed)));

        closed.ShouldBe(new Account("tenant-acme", IsClosed: true));
        moved.ShouldBe(new Account("tenant-other", IsClosed: true));
        EventOf<AccountClosed>(Decide(Closing))
            .ShouldBe(new AccountClosed("left", "op", Fingerprint.Of(Closing).ToString()));
    }

    [Fact]
    public void A_change_to_the_tenant_that_it_has_changes_nothing() =>
        Decide(Change with { TenantId = "tenant-acme" }).ShouldBeOfType<OrderDecision.AlreadySo>();

    [Fact]
    public void A_charge_whose_corrections_stand_is_not_undone()
    {
        Guid[] corrections = [new("5f4f1f64-8c6c-0f3e-1a55-0d8f6f1b7c11")];

        Decide(Reversal, corrections: corrections).ShouldBeOfType<OrderDecision.Corrected>()
            .Corrections.ShouldBe(corrections);
        Decide(Reversal, known: Fingerprint.Of(Reversal), corrections: corrections)
            .ShouldBeOfType<OrderDecision.Repeated>();
    }

    [Fact]
    public void An_account_may_go_back_to_a_tenant_that_it_had() =>
        ((OrderDecision.Accepted)Decide(Change, version: 3)).Id
            .ShouldNotBe(((OrderDecision.Accepted)Decide(Change, version: 5)).Id);

    private static OrderDecision Decide(
        AccountOrder order, Account? account = null, Fingerprint? known = null, long version = 7,
        params Guid[] corrections) => OrderDecider.Decide(order, account ?? Open, version, known, corrections);

    private static T EventOf<T>(OrderDecision decision)
        where T : AccountEvent =>
        decision.ShouldBeOfType<OrderDecision.Accepted>().Event.ShouldBeOfType<T>();
}
