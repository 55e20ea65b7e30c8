using System.Security.Claims;
using EventLedger.Projections.Usage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace EventLedger.Ledger.Http;

/// <summary>Which usage is added up.</summary>
/// <param name="GroupBy">What it is added up by.</param>
/// <param name="From">The first UTC day.</param>
/// <param name="To">The day after the last.</param>
/// <param name="Asset">The asset.</param>
/// <param name="Limit">The most totals of a page.</param>
/// <param name="After">What an earlier page gave as next.</param>
public sealed record UsageQuery(
    [FromQuery(Name = "group_by")] string? GroupBy, [FromQuery(Name = "from")] string? From,
    [FromQuery(Name = "to")] string? To, [FromQuery(Name = "asset")] string? Asset,
    [FromQuery(Name = "limit")] string? Limit, [FromQuery(Name = "after")] string? After);

/// <summary>A page of a usage report, in the order of the keys' bytes.</summary>
/// <param name="GroupBy">What the keys are.</param>
/// <param name="Asset">The asset of the amounts.</param>
/// <param name="Position">The events up to this position are in it, which follows within seconds.</param>
/// <param name="Items">The totals.</param>
/// <param name="Next">What <c>after</c> takes for the next page; null on the last one.</param>
public sealed record UsagePage(
    string GroupBy, string Asset, long Position, IReadOnlyList<UsageItem> Items, string? Next);

/// <summary>What the usage of one model, tenant, customer or day adds up to.</summary>
/// <param name="Key">Which one; empty for usage without a model.</param>
/// <param name="Amount">The amounts, in the asset's smallest unit; negative is spend.</param>
/// <param name="Entries">How many entries: usage, its corrections and its reversals.</param>
/// <param name="TokensUsed">All tokens.</param>
/// <param name="PromptTokens">Tokens of prompts, cached ones included.</param>
/// <param name="CompletionTokens">Tokens of answers, reasoning included.</param>
/// <param name="CachedTokens">Prompt tokens that came from a cache.</param>
/// <param name="ReasoningTokens">Answer tokens spent on reasoning.</param>
public sealed record UsageItem(
    string Key, long Amount, long Entries, long TokensUsed, long PromptTokens, long CompletionTokens,
    long CachedTokens, long ReasoningTokens);

/// <summary>Adds usage up over HTTP, by the day on which it was completed.</summary>
internal static class UsageEndpoints
{
    /// <summary>Maps <c>GET /billing/usage</c>.</summary>
    public static void MapUsage(this IEndpointRouteBuilder routes) => routes.MapGet("/billing/usage", GetAsync)
        .WithQueryExample("group_by", "model", "model, tenant, customer or day.")
        .WithQueryExample("from", "2026-11-01", "The first UTC day.")
        .WithQueryExample("to", "2026-12-01", "The day after the last.")
        .WithQueryExample("asset", "OMR/6", "The asset.")
        .WithQueryExample("limit", "100", $"The most totals of a page, up to {QueryReader.LimitMax}.")
        .WithQueryExample("after", "llama4", "What an earlier page gave as next.")
        .WithAnswer(Answers.Usage)
        .WithName("GetUsage");

    private static async Task<Results<Ok<UsagePage>, StatusCodeHttpResult, ProblemHttpResult>> GetAsync(
        [AsParameters] UsageQuery query, HttpContext context, ClaimsPrincipal caller, UsageQueries usage,
        CancellationToken cancellation)
    {
        var asked = new QueryReader();
        var grouping = asked.Word(
            "group_by", query.GroupBy, ("model", UsageGrouping.Model), ("tenant", UsageGrouping.Tenant),
            ("customer", UsageGrouping.Customer), ("day", UsageGrouping.Day));
        var filter = new UsageFilter(AccountAccess.ScopeOf(caller), asked.Asset(query.Asset), grouping)
        {
            From = asked.Day("from", query.From),
            To = asked.Day("to", query.To),
        };
        var limit = asked.Limit(query.Limit);

        if (asked.Problem is { } problem)
        {
            return problem;
        }

        var report = await usage.ReadAsync(filter, query.After, limit + 1, cancellation);
        UsageItem[] items = [.. report.Totals.Take(limit).Select(ItemOf)];

        // Of the head as well: a change of an account's tenant shows before its event is rolled up.
        return context.OkUnlessKnown(
            $"{report.Position}-{report.Head}",
            new UsagePage(
                query.GroupBy ?? "model", filter.Asset, report.Position, items,
                report.Totals.Count > limit ? items[^1].Key : null));
    }

    private static UsageItem ItemOf(UsageTotal total) => new(
        total.Key, total.Amount, total.Entries, total.Tokens.Used, total.Tokens.Prompt, total.Tokens.Completion,
        total.Tokens.Cached, total.Tokens.Reasoning);
}
