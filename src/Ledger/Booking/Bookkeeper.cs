using System.Diagnostics;
using EventLedger.Accounts;
using EventLedger.Contracts.Money;
using EventLedger.EventStore;
using EventLedger.EventStore.Appending;
using EventLedger.EventStore.Reading;
using EventLedger.Ledger.Intake;
using EventLedger.Ledger.Nodes;
using EventLedger.Ledger.Sources;
using EventLedger.Projections.Accounts;
using EventLedger.Projections.Balances;

namespace EventLedger.Ledger.Booking;

/// <summary>
/// Books a batch of submissions in one transaction: lock, decide, append. Events, balances, what waits and what is
/// dead are committed together, or nothing of the batch is.
/// </summary>
/// <param name="store">The event store of the ledger's database.</param>
/// <param name="notifier">Tells tails of what was committed.</param>
public sealed class Bookkeeper(PostgresEventStore store, HeadNotifier notifier)
{
    /// <summary>Tells for each submission what became of it.</summary>
    /// <exception cref="OverflowException">A customer's charges don't fit 64 bits together.</exception>
    /// <exception cref="Npgsql.NpgsqlException">The database refused the batch, or can't be reached.</exception>
    public async Task<BookingOutcome[]> BookAsync(
        IReadOnlyList<Submission> submissions, CancellationToken cancellation)
    {
        using var span = BookingTrace.Commit(submissions);
        var batch = new BookingBatch(submissions);

        // Customers are rarely new, so they are made only once locking has shown that they are missing.
        var outcomes = await TryBookAsync(batch, createMissing: false, cancellation)
            ?? await TryBookAsync(batch, createMissing: true, cancellation);

        span?.SetStatus(ActivityStatusCode.Ok);
        return outcomes!;
    }

    private async Task<BookingOutcome[]?> TryBookAsync(
        BookingBatch batch, bool createMissing, CancellationToken cancellation)
    {
        await using var append = await store.BeginAsync(cancellation);

        if (createMissing)
        {
            await append.CreateStreamsAsync(batch.CustomersWithTenant, cancellation);
        }

        var accounts = new Dictionary<string, Account>(batch.Customers.Length);
        var locked = await append.LockAsync(
            batch.Claims, batch.FirstIds, cancellation, AccountProjection.Load(batch.Customers, accounts));

        if (!createMissing && batch.CustomersWithTenant.Any(customer => !locked.Versions.ContainsKey(customer)))
        {
            return null;
        }

        var taken = batch.SecondIdsOfTaken(locked.Fingerprints);
        var known = taken.Count > 0
            ? locked.Fingerprints.Concat(await append.FindAsync(taken, cancellation))
            : locked.Fingerprints;

        var plan = BookingPlan.Make(batch.Submissions, accounts, known);
        var outcomes = await WriteAndCommitAsync(plan, append, cancellation);
        notifier.Announce();
        return [.. batch.Submissions.Select(submission => outcomes[submission])];
    }

    private static async Task<Dictionary<Submission, BookingOutcome>> WriteAndCommitAsync(
        BookingPlan plan, AppendTransaction append, CancellationToken cancellation)
    {
        var connection = append.Connection;

        // What may wait for another transaction comes before the events: later blocks wait for this one from there on.
        await DeadLetterTable.AddAsync(plan.DeadLetters, connection, cancellation);
        await DeadLetterTable.SettleAsync(plan.NoLongerDead, connection, cancellation);
        await WaitingTable.AddAsync(plan.ToKeepWaiting, connection, cancellation);
        await WaitingTable.RemoveAsync(plan.NoLongerWaiting, connection, cancellation);
        await WaitingTable.ReleaseAsync(plan.OpenedCustomers, connection, cancellation);
        await SightingTable.AddAsync(plan.NodeRecords, connection, cancellation);
        await RepeatTable.AddAsync(plan.Repeated, connection, cancellation);
        await AccountProjection.OpenAsync(plan.Opened, connection, cancellation);

        var balances = new BalanceUpdate(plan.BalanceChanges);
        var balancesNow = new Dictionary<string, long>();
        var along = new List<AppendStatement>();

        if (plan.Events.Count > 0)
        {
            along.Add(balances.Along);
        }

        if (plan.CustomersAskedFor is [_, ..] asked)
        {
            along.Add(BalanceProjection.Read(asked, Asset.MicroOmr.ToString(), balancesNow));
        }

        await append.WriteAndCommitAsync(plan.Events, along, cancellation);
        return plan.Outcomes(balances.BalancesAfter(), balancesNow);
    }
}
