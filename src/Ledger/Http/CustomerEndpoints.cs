using System.Globalization;
using System.Security.Claims;
using EventLedger.Projections.Accounts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace EventLedger.Ledger.Http;

/// <summary>Which customers are asked for.</summary>
/// <param name="Prefix">What their ids begin with.</param>
/// <param name="Tenant">The tenant that their accounts belong to now.</param>
/// <param name="Asset">The asset whose balances are shown.</param>
/// <param name="OrderBy">The order.</param>
/// <param name="Limit">The most customers of a page.</param>
/// <param name="After">What an earlier page gave as next.</param>
public sealed record CustomerQuery(
    [FromQuery(Name = "prefix")] string? Prefix, [FromQuery(Name = "tenant")] string? Tenant,
    [FromQuery(Name = "asset")] string? Asset, [FromQuery(Name = "order_by")] string? OrderBy,
    [FromQuery(Name = "limit")] string? Limit, [FromQuery(Name = "after")] string? After);

/// <summary>A page of customers.</summary>
/// <param name="Asset">The asset of the balances.</param>
/// <param name="Items">The customers.</param>
/// <param name="Next">What <c>after</c> takes for the next page; null on the last one.</param>
public sealed record CustomerPage(string Asset, IReadOnlyList<CustomerItem> Items, string? Next);

/// <summary>A customer.</summary>
/// <param name="CustomerId">Its id.</param>
/// <param name="TenantId">The tenant that the account belongs to now.</param>
/// <param name="IsClosed">Whether an operator has closed the account.</param>
/// <param name="Balance">The balance in the asset, in its smallest unit.</param>
/// <param name="Entries">How many events changed that balance.</param>
public sealed record CustomerItem(string CustomerId, string TenantId, bool IsClosed, long Balance, long Entries);

/// <summary>Lists customers over HTTP.</summary>
internal static class CustomerEndpoints
{
    /// <summary>Maps <c>GET /billing/customers</c>.</summary>
    public static void MapCustomers(this IEndpointRouteBuilder routes) => routes.MapGet("/billing/customers", GetAsync)
        .WithQueryExample("prefix", "user-", "What ids begin with.")
        .WithQueryExample("tenant", "tenant-acme", "The tenant that the account belongs to now.")
        .WithQueryExample("asset", "OMR/6", "The asset whose balances are shown.")
        .WithQueryExample(
            "order_by", "customer_id", "customer_id, or balance (lowest first) or -balance (highest first) of those "
            + "that have entries in the asset.")
        .WithQueryExample("limit", "100", $"The most customers of a page, up to {QueryReader.LimitMax}.")
        .WithQueryExample("after", "user-", "What an earlier page gave as next.")
        .WithAnswer(Answers.Customers)
        .WithName("ListCustomers");

    private static async Task<Results<Ok<CustomerPage>, ProblemHttpResult>> GetAsync(
        [AsParameters] CustomerQuery query, ClaimsPrincipal caller, AccountQueries accounts,
        CancellationToken cancellation)
    {
        var asked = new QueryReader();
        var filter = new AccountFilter(AccountAccess.ScopeOf(caller), asked.Asset(query.Asset))
        {
            Prefix = query.Prefix,
            TenantId = query.Tenant,
            Ordering = asked.Word(
                "order_by", query.OrderBy, ("customer_id", AccountOrdering.CustomerId),
                ("balance", AccountOrdering.LowestBalance), ("-balance", AccountOrdering.HighestBalance)),
        };
        var limit = asked.Limit(query.Limit);
        var after = ReadAfter(asked, filter.Ordering, query.After);

        if (asked.Problem is { } problem)
        {
            return problem;
        }

        var found = await accounts.ListAsync(filter, after, limit + 1, cancellation);
        CustomerItem[] items = [.. found.Take(limit).Select(ItemOf)];
        return TypedResults.Ok(new CustomerPage(
            filter.Asset, items, found.Count > limit ? NextOf(filter.Ordering, items[^1]) : null));
    }

    // By balance, a page goes on from the balance and the id of the last customer, since many have the same balance.
    private static string NextOf(AccountOrdering ordering, CustomerItem last) =>
        ordering is AccountOrdering.CustomerId
            ? last.CustomerId
            : string.Create(CultureInfo.InvariantCulture, $"{last.Balance}:{last.CustomerId}");

    private static (string CustomerId, long Balance)? ReadAfter(
        QueryReader asked, AccountOrdering ordering, string? after) =>
        after is null ? null
        : ordering is AccountOrdering.CustomerId ? (after, 0)
        : after.Split(':', 2) is [var balance, var id]
            && long.TryParse(balance, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? (id, number)
        : asked.Refuse<(string, long)?>("after", "is not what an earlier page gave as next");

    private static CustomerItem ItemOf(ListedAccount account) => new(
        account.CustomerId, account.TenantId, account.IsClosed, account.Balance, account.Entries);
}
