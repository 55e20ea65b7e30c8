using EventLedger.Ledger.Intake;
using EventLedger.Ledger.Sources;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace EventLedger.Ledger.Http;

/// <summary>Which hours are asked for.</summary>
/// <param name="Source">The producer.</param>
/// <param name="From">Hours from then on; the last 24 without it.</param>
/// <param name="To">Hours before then.</param>
public sealed record ConservationQuery(
    [FromQuery(Name = "source")] string? Source, [FromQuery(Name = "from")] string? From,
    [FromQuery(Name = "to")] string? To);

/// <summary>What became of all that producers observed, by hour; the latest first.</summary>
/// <param name="Items">The hours of each producer; an hour is whole.</param>
/// <param name="Next">What to ask for as <c>to</c> for the hours before these; null where there are none.</param>
public sealed record ConservationPage(IReadOnlyList<ConservationItem> Items, DateTimeOffset? Next);

/// <summary>
/// A producer's envelopes of one hour. What the producer counts itself is null where it doesn't report.
/// </summary>
/// <param name="Source">The producer.</param>
/// <param name="Hour">The hour in which their responses ended, UTC.</param>
/// <param name="Observed">All that it saw: published, spooled, refused and lost.</param>
/// <param name="Published">Those that the broker has: booked, duplicates, waiting and dead letters.</param>
/// <param name="Spooled">Those that it still holds.</param>
/// <param name="Refused">Those that the broker refuses for good.</param>
/// <param name="Lost">Those that neither disk nor memory took.</param>
/// <param name="ProxyDifference">Observed, and nobody knows where.</param>
/// <param name="Booked">Those that are entries.</param>
/// <param name="Duplicates">Those that said the same as another one, which was booked.</param>
/// <param name="Waiting">Those that wait for their customer's account.</param>
/// <param name="DeadLetters">Those that could not be booked.</param>
/// <param name="LedgerDifference">Published, and not in the ledger.</param>
/// <param name="State">
/// <c>agrees</c>, <c>moving</c>, <c>differs</c>, <c>unknown</c> or <c>unreported</c>.
/// </param>
public sealed record ConservationItem(
    string Source, DateTimeOffset Hour, long? Observed, long? Published, long? Spooled, long? Refused, long? Lost,
    long? ProxyDifference, long Booked, long Duplicates, long Waiting, long DeadLetters, long? LedgerDifference,
    string State);

/// <summary>Shows whether all that was observed is somewhere.</summary>
internal static class ConservationEndpoints
{
    /// <summary>The rows of a page; the hour that fills it is shown whole.</summary>
    public const int PageSize = 5000;

    /// <summary>Maps <c>GET /billing/conservation</c>.</summary>
    public static void MapConservation(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/billing/conservation", GetAsync)
            .RequireAuthorization(Roles.Reader)
            .WithQueryExample("source", "gateway", "The producer.")
            .WithQueryExample("from", "2026-11-21", "Hours from then on; the last 24 without it.")
            .WithQueryExample("to", "2026-11-22", "Hours before then.")
            .WithAnswer(Answers.Conservation)
            .WithName("GetConservation");

    private static async Task<Results<Ok<ConservationPage>, ProblemHttpResult>> GetAsync(
        [AsParameters] ConservationQuery query, NpgsqlDataSource database, UsageIntake intake, TimeProvider time,
        CancellationToken cancellation)
    {
        var asked = new QueryReader();
        var from = asked.Time("from", query.From) ?? time.GetUtcNow() - Conservation.Shown;
        var filter = new HourFilter(from, asked.Time("to", query.To), query.Source);

        if (asked.Problem is { } problem)
        {
            return problem;
        }

        var stream = await intake.LookAtStreamAsync(cancellation);
        var hours = Conservation.ReadAsync(
            database, filter, stream is null ? Conservation.AllUnsettled : stream.UnsettledSince, cancellation);
        return TypedResults.Ok(await PageAsync(hours));
    }

    private static async Task<ConservationPage> PageAsync(IAsyncEnumerable<HourAccount> hours)
    {
        var items = new List<ConservationItem>();

        await foreach (var hour in hours)
        {
            if (items.Count >= PageSize && items[^1].Hour != hour.Hour)
            {
                return new(items, items[^1].Hour);
            }

            items.Add(ItemOf(hour));
        }

        return new(items, Next: null);
    }

    private static ConservationItem ItemOf(HourAccount hour) => new(
        hour.Source, hour.Hour, hour.Reported?.Observed, hour.Reported?.Published, hour.Reported?.Spooled,
        hour.Reported?.Refused, hour.Reported?.Lost, hour.ProxyDifference, hour.Booked, hour.Duplicates, hour.Waiting,
        hour.DeadLetters, hour.LedgerDifference, hour.StateWord);
}
