using System.Security.Claims;
using EventLedger.Projections.Accounts;
using EventLedger.Projections.Entries;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace EventLedger.Ledger.Http;

/// <summary>Which of a customer's entries are asked for.</summary>
/// <param name="From">Recorded from then on.</param>
/// <param name="To">Recorded before.</param>
/// <param name="Model">The model; empty for entries without one.</param>
/// <param name="Reason">What it was for.</param>
/// <param name="RequestId">The request that was charged.</param>
/// <param name="Limit">The most entries of a page.</param>
/// <param name="After">What an earlier page gave as next.</param>
public sealed record EntryQuery(
    [FromQuery(Name = "from")] string? From, [FromQuery(Name = "to")] string? To,
    [FromQuery(Name = "model")] string? Model, [FromQuery(Name = "reason")] string? Reason,
    [FromQuery(Name = "request_id")] string? RequestId, [FromQuery(Name = "limit")] string? Limit,
    [FromQuery(Name = "after")] string? After);

/// <summary>Lists a customer's entries over HTTP.</summary>
internal static class EntryListEndpoints
{
    /// <summary>Maps <c>GET /billing/customers/{id}/entries</c>.</summary>
    public static void MapEntryLists(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/billing/customers/{customerId}/entries", GetAsync)
            .WithQueryExample("from", "2026-11-01", "Recorded from then on.")
            .WithQueryExample("to", "2026-12-01T00:00:00Z", "Recorded before.")
            .WithQueryExample("model", "qwen3-coder", "The model; empty for entries without one.")
            .WithQueryExample("reason", "usage:newapi:qwen3-coder", "What it was for.")
            .WithQueryExample("request_id", "req-1", "The request that was charged.")
            .WithQueryExample("limit", "100", $"The most entries of a page, up to {QueryReader.LimitMax}.")
            .WithQueryExample("after", "1000", "What an earlier page gave as next.")
            .WithAnswer(Answers.Entries)
            .WithName("ListEntries");

    private static async Task<Results<Ok<EntryItems>, StatusCodeHttpResult, ProblemHttpResult>> GetAsync(
        string customerId, [AsParameters] EntryQuery query, HttpContext context, ClaimsPrincipal caller,
        AccountAccess access, AccountQueries accounts, EntryQueries entries, CancellationToken cancellation)
    {
        if (await access.RefuseAsync(caller, customerId, cancellation) is { } refusal)
        {
            return refusal;
        }

        var asked = new QueryReader();
        var filter = new EntryFilter
        {
            From = asked.Time("from", query.From),
            To = asked.Time("to", query.To),
            Model = query.Model,
            Reason = query.Reason,
            RequestId = query.RequestId,
        };
        var (limit, after) = (asked.Limit(query.Limit), asked.Number("after", query.After));

        if (asked.Problem is { } problem)
        {
            return problem;
        }

        if (await accounts.FindTenantAsync(customerId, cancellation) is null)
        {
            return AccountAccess.Unknown(customerId);
        }

        var page = await entries.ReadPageAsync(customerId, filter, after, limit, cancellation);
        return context.OkUnlessKnown($"{page.Version}", EntryItems.Of(page));
    }
}
