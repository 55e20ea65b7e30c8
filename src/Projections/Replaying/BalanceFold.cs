using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using EventLedger.Accounts;
using EventLedger.EventStore.Proofs;
using EventLedger.EventStore.Reading;
using EventLedger.Projections.Balances;

namespace EventLedger.Projections.Replaying;

/// <summary>Balances as events alone give them, one event after the other. Pure.</summary>
public sealed class BalanceFold
{
    private readonly Dictionary<(string CustomerId, string Asset), Balance> balances = [];

    /// <summary>Every balance so far, by customer and asset.</summary>
    public IReadOnlyDictionary<(string CustomerId, string Asset), Balance> Balances => balances;

    /// <summary>Takes the next event; null if it changes no balance.</summary>
    /// <exception cref="ProofException">It can't be read, or its balance leaves 64 bits.</exception>
    public ReplayStep? Take(in StoredEvent @event)
    {
        try
        {
            return Entry.TryRead(@event.Data.Span, out var entry) ? Add(@event, entry) : null;
        }
        catch (Exception unreadable) when (unreadable is FormatException or InvalidOperationException
            or OverflowException or JsonException)
        {
            throw new ProofException(
                $"the event at position {@event.Position} can't be replayed: {unreadable.Message}", unreadable);
        }
    }

    private ReplayStep Add(in StoredEvent @event, in Entry entry)
    {
        var asset = Encoding.UTF8.GetString(entry.AssetName);
        ref var balance = ref CollectionsMarshal.GetValueRefOrAddDefault(balances, (@event.StreamId, asset), out _);
        balance = new Balance(asset, balance.Amount + entry.Amount, balance.Entries + 1, @event.Position);
        return new ReplayStep(
            @event.Position, @event.Time, @event.StreamId, @event.Type, @event.Id, asset, entry.Amount, balance.Amount);
    }
}

/// <summary>What one event did to a balance.</summary>
/// <param name="Position">The event's position.</param>
/// <param name="Time">Its time.</param>
/// <param name="CustomerId">Whose balance.</param>
/// <param name="Type">The event's stored name.</param>
/// <param name="EventId">The event's id.</param>
/// <param name="Asset">Which of their balances.</param>
/// <param name="Amount">What it changed the balance by, in the asset's smallest unit.</param>
/// <param name="BalanceAfter">The balance from then on.</param>
public readonly record struct ReplayStep(
    long Position, DateTimeOffset Time, string CustomerId, string Type, Guid EventId, string Asset, long Amount,
    long BalanceAfter);
