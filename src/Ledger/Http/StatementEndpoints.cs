using System.Net.Mime;
using System.Security.Claims;
using EventLedger.Projections.Accounts;
using EventLedger.Projections.Entries;
using EventLedger.Projections.Statements;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace EventLedger.Ledger.Http;

/// <summary>Which statement is asked for.</summary>
/// <param name="From">From that time on.</param>
/// <param name="To">Before that time.</param>
/// <param name="Entries">Whether the JSON form has entries too.</param>
public sealed record StatementQuery(
    [FromQuery(Name = "from")] string? From, [FromQuery(Name = "to")] string? To,
    [FromQuery(Name = "entries")] string? Entries);

/// <summary>Reads statements over HTTP.</summary>
/// <param name="accounts">Says which customers are known.</param>
/// <param name="statements">Reads balances and totals.</param>
/// <param name="entries">Reads entries.</param>
internal sealed class StatementEndpoints(AccountQueries accounts, StatementQueries statements, EntryQueries entries)
{
    private const int EntriesMax = 100;

    /// <summary>Maps <c>GET /billing/customers/{id}/statement</c>.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(
            "/billing/customers/{customerId}/statement",
            async (
                string customerId, [AsParameters] StatementQuery query, HttpContext context, ClaimsPrincipal caller,
                AccountAccess access, StatementEndpoints statements, CancellationToken cancellation) =>
                await access.RefuseAsync(caller, customerId, cancellation)
                ?? await statements.GetAsync(customerId, query, context, cancellation))
            .Produces<StatementResponse>(StatusCodes.Status200OK, MediaTypeNames.Application.Json, CsvLine.MediaType)
            .WithQueryExample("from", "2026-11-01", "From that time on.")
            .WithQueryExample("to", "2026-12-01", "Before that time.")
            .WithQueryExample("entries", "true", $"In JSON, the newest {EntriesMax} entries too.")
            .WithAnswer(Answers.Statement)
            .WithAnswer(Answers.StatementCsv, CsvLine.MediaType)
            .WithName("GetStatement");

    private async Task<IResult> GetAsync(
        string customerId, StatementQuery query, HttpContext context, CancellationToken cancellation)
    {
        context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);

        if (Acceptance.Choose(context.Request, MediaTypeNames.Application.Json, CsvLine.MediaType) is not { } form)
        {
            return Problems.Of(
                StatusCodes.Status406NotAcceptable,
                $"a statement is {MediaTypeNames.Application.Json} or {CsvLine.MediaType}");
        }

        var asked = new QueryReader();
        var (from, to) = (asked.RequiredTime("from", query.From), asked.RequiredTime("to", query.To));
        var withEntries = asked.Word("entries", query.Entries, ("false", false), ("true", true));

        if (asked.Problem is null && to < from)
        {
            asked.Refuse<long>("to", "is before from");
        }

        if (asked.Problem is { } problem)
        {
            return problem;
        }

        if (await accounts.FindTenantAsync(customerId, cancellation) is null)
        {
            return AccountAccess.Unknown(customerId);
        }

        var statement = await statements.ReadAsync(customerId, from, to, cancellation);
        var isCsv = form == CsvLine.MediaType;

        return (IResult?)context.NotModified($"{statement.Position}-{(isCsv ? "csv" : "json")}")
            ?? (isCsv
                ? new StatementCsv(customerId, statement, entries)
                : TypedResults.Ok(StatementResponse.Of(
                    customerId, from, to, statement,
                    withEntries ? await ReadEntriesAsync(customerId, from, statement, cancellation) : null)));
    }

    // Up to the statement's position: what has come since is in none of its totals.
    private async Task<EntryItems> ReadEntriesAsync(
        string customerId, DateTimeOffset from, Statement statement, CancellationToken cancellation) =>
        EntryItems.Of(await entries.ReadPageAsync(
            customerId, new EntryFilter { From = from, LastPosition = statement.Position }, next: null, EntriesMax,
            cancellation));
}
