using EventLedger.EventStore.Reading;
using EventLedger.Projections.Accounts;
using EventLedger.Projections.Balances;
using BalanceResults = Microsoft.AspNetCore.Http.HttpResults.Results<
    Microsoft.AspNetCore.Http.HttpResults.Ok<EventLedger.Ledger.Http.BalanceResponse>,
    Microsoft.AspNetCore.Http.HttpResults.StatusCodeHttpResult,
    Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult>;

namespace EventLedger.Ledger.Http;

/// <summary>Answers how a balance was.</summary>
/// <param name="accounts">Says which customers are known.</param>
/// <param name="balances">Reads the balances.</param>
/// <param name="events">Says how far the ledger is.</param>
internal sealed class PastBalances(AccountQueries accounts, PastBalanceQueries balances, EventReader events)
{
    /// <summary>The balance at a time or a position.</summary>
    public async Task<BalanceResults> GetAsync(
        string customerId, string? at, string? position, HttpContext context, CancellationToken cancellation)
    {
        var asked = new QueryReader();
        var (time, number) = (asked.Time("at", at), asked.Number("position", position));

        if (time is not null && number is not null)
        {
            asked.Refuse<long>("position", "is taken in place of at, not beside it");
        }

        if (asked.Problem is { } problem)
        {
            return problem;
        }

        if (await accounts.FindTenantAsync(customerId, cancellation) is null)
        {
            return AccountAccess.Unknown(customerId);
        }

        // What the ledger has not reached yet would have another answer later.
        if (number is not null && await events.ReadHeadAsync(cancellation) is var head && number > head)
        {
            return Problems.OfField("position", $"is beyond the ledger, which is at {head}");
        }

        var asOf = number ?? await balances.ReadPositionAtAsync(time!.Value, cancellation);
        var balance = BalanceResponse.Of(
            customerId, await balances.ReadAsync(customerId, asOf, cancellation));
        return context.OkUnlessKnown($"{balance.Position}-{asOf}", balance);
    }
}
