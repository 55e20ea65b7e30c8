using System.Text;
using EventLedger.Accounts;
using EventLedger.EventStore;
using EventLedger.EventStore.Appending;
using EventLedger.EventStore.Reading;
using EventLedger.Ledger.Intake;
using EventLedger.Ledger.Monitoring;
using EventLedger.Projections.Accounts;
using EventLedger.Projections.Balances;
using Npgsql;
using EventId = EventLedger.Accounts.EventId;

namespace EventLedger.Ledger.Booking;

/// <summary>
/// Carries out what operators order, each order in a transaction of its own: lock, decide, append. Orders are rare;
/// envelopes, which aren't, share the transactions of <see cref="Bookkeeper"/>.
/// </summary>
/// <param name="store">The event store of the ledger's database.</param>
/// <param name="events">Reads events of that store.</param>
/// <param name="notifier">Tells tails of what was committed.</param>
/// <param name="meter">Counts the orders.</param>
public sealed class OrderDesk(
    PostgresEventStore store, EventReader events, HeadNotifier notifier, LedgerMeter meter)
{
    /// <summary>Carries out an order, once however often it comes.</summary>
    /// <exception cref="NpgsqlException">The database refuses its text, or can't be reached.</exception>
    public async Task<OrderOutcome> CarryOutAsync(AccountOrder order, CancellationToken cancellation)
    {
        var outcome = await TryAsync(order, cancellation);
        meter.CarriedOut(outcome);
        return outcome;
    }

    /// <summary>
    /// The entry of that id, and whose it is; null where the id is none, or of an event without amount.
    /// </summary>
    public async Task<(string CustomerId, EntryToReverse Entry)?> FindAsync(
        Guid eventId, CancellationToken cancellation) =>
        await events.FindAsync(eventId, cancellation) is { } @event
        && Entry.TryRead(@event.Data.Span, out var entry)
            ? (@event.StreamId, new EntryToReverse(
                eventId, @event.Type, entry.Amount, Encoding.UTF8.GetString(entry.AssetName),
                TextOf(entry.Model), TextOf(entry.CompletedAt)))
            : null;

    private static string? TextOf(ReadOnlySpan<byte> utf8) => utf8.IsEmpty ? null : Encoding.UTF8.GetString(utf8);

    private async Task<OrderOutcome> TryAsync(AccountOrder order, CancellationToken cancellation)
    {
        try
        {
            return await DecideAsync(order, cancellation);
        }
        catch (Exception refusal) when (refusal is OverflowException
            or PostgresException { SqlState: PostgresErrorCodes.NumericValueOutOfRange })
        {
            return new OrderOutcome.OutOfRange();
        }
    }

    private async Task<OrderOutcome> DecideAsync(AccountOrder order, CancellationToken cancellation)
    {
        await using var append = await store.BeginAsync(cancellation);

        if (order is AccountOrder.GrantCredit { TenantId: not null })
        {
            await append.CreateStreamsAsync([order.CustomerId], cancellation);
        }

        var accounts = new Dictionary<string, Account>(1);
        var key = OrderDecider.KeyOf(order);
        var locked = await append.LockAsync(
            [new StreamClaim(order.CustomerId, EventsExpected: 1)], key is null ? [] : [key.Value], cancellation,
            AccountProjection.Load([order.CustomerId], accounts));

        var account = accounts.GetValueOrDefault(order.CustomerId, Account.Initial);
        var version = locked.Versions.GetValueOrDefault(order.CustomerId);
        Fingerprint? known = locked.Fingerprints.Count > 0 ? new Fingerprint(locked.Fingerprints[key!.Value]) : null;

        var corrections = await Corrections.FindStandingAsync(order, append, cancellation);

        return OrderDecider.Decide(order, account, version, known, corrections) switch
        {
            OrderDecision.Accepted accepted =>
                await WriteAsync(order.CustomerId, account, accepted, append, cancellation),
            OrderDecision.Repeated repeated =>
                new OrderOutcome.Repeated(repeated.Id, await ReadBalanceAsync(order, append, cancellation)),
            OrderDecision.Conflicting conflicting => new OrderOutcome.Conflicting(conflicting.Id),
            OrderDecision.Corrected corrected => new OrderOutcome.Corrected(corrected.Corrections),
            OrderDecision.Refused refused => new OrderOutcome.Refused(refused.Refusal),
            _ => new OrderOutcome.AlreadySo(),
        };
    }

    private async Task<OrderOutcome> WriteAsync(
        string customerId, Account account, OrderDecision.Accepted accepted, AppendTransaction append,
        CancellationToken cancellation)
    {
        var connection = append.Connection;
        NewEvent[] written = [NewEvents.Of(customerId, accepted.Id, accepted.Fingerprint, accepted.Event)];

        // What may wait for another transaction comes before the events: later blocks wait for this one from there on.
        if (accepted.Opened is { } opened)
        {
            written = [NewEvents.Of(customerId, EventId.OfOpening(customerId), default, opened), .. written];
            await WaitingTable.ReleaseAsync([customerId], connection, cancellation);
        }

        var (first, _) = await append.WriteAsync(written, cancellation);
        await SetAccountAsync(customerId, account, accepted, connection, cancellation);
        var balance = await ApplyAsync(customerId, written[^1], first + written.Length - 1, connection, cancellation);
        await append.CommitAsync(cancellation);
        notifier.Announce();
        return new OrderOutcome.Done(accepted.Id, balance);
    }

    private static async Task SetAccountAsync(
        string customerId, Account account, OrderDecision.Accepted accepted, NpgsqlConnection connection,
        CancellationToken cancellation)
    {
        if (accepted.Opened is { } opened)
        {
            await AccountProjection.OpenAsync([(customerId, opened)], connection, cancellation);
        }
        else if (Account.Evolve(account, accepted.Event) is var after && after != account)
        {
            await AccountProjection.SetAsync(customerId, after, connection, cancellation);
        }
    }

    private static async Task<long> ApplyAsync(
        string customerId, NewEvent @event, long position, NpgsqlConnection connection, CancellationToken cancellation)
    {
        BalanceChange[] changes = Entry.TryRead(@event.Data, out var entry)
            ? [new(customerId, Encoding.UTF8.GetString(entry.AssetName), entry.Amount, position)]
            : [];
        return (await BalanceProjection.ApplyAsync(changes, connection, cancellation)).FirstOrDefault();
    }

    private static async Task<long> ReadBalanceAsync(
        AccountOrder order, AppendTransaction append, CancellationToken cancellation)
    {
        var asset = order switch
        {
            AccountOrder.GrantCredit grant => grant.Asset.ToString(),
            AccountOrder.ReverseEntry reversal => reversal.Entry.Asset,
            _ => null,
        };

        if (asset is null)
        {
            return 0;
        }

        var balances = new Dictionary<string, long>();
        await BalanceProjection.Read([order.CustomerId], asset, balances).RunAsync(append.Connection, cancellation);
        return balances.GetValueOrDefault(order.CustomerId);
    }
}
