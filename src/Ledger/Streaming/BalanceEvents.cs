using System.Globalization;
using System.Text;
using System.Text.Json;
using EventLedger.Accounts;
using EventLedger.EventStore.Reading;
using EventLedger.Projections.Balances;

namespace EventLedger.Ledger.Streaming;

/// <summary>
/// Writes one customer's balances as Server-Sent Events: each change's position is the id, and the balances after it
/// the data.
/// </summary>
/// <param name="output">The body.</param>
/// <param name="customerId">Whose balances.</param>
/// <param name="balances">The balances so far.</param>
/// <param name="describe">Makes the data.</param>
internal sealed class BalanceEvents(
    Stream output, string customerId, Dictionary<string, Balance> balances,
    Func<string, IReadOnlyList<Balance>, byte[]> describe)
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/event-stream";

    private long sent;

    /// <summary>Sends the balances as they are at a position.</summary>
    public Task SendAsync(long position, CancellationToken cancellation)
    {
        sent = position;
        var data = describe(customerId, [.. balances.Values.OrderBy(balance => balance.Asset, StringComparer.Ordinal)]);
        return WriteAsync(
            string.Create(CultureInfo.InvariantCulture, $"id: {position}\nevent: balance\ndata: "), data, cancellation);
    }

    /// <summary>Adds what a stored event changes, and sends the balances after it.</summary>
    public Task SendAsync(in StoredEvent @event, CancellationToken cancellation) =>
        Entry.TryRead(@event.Data.Span, out var entry)
            ? SendAsync(
                new BalanceChange(
                    customerId, Encoding.UTF8.GetString(entry.AssetName), entry.Amount, @event.Position),
                cancellation)
            : Task.CompletedTask;

    /// <summary>Adds a change, unless its position was sent before, and sends the balances after it.</summary>
    public Task SendAsync(in BalanceChange change, CancellationToken cancellation)
    {
        if (change.Position <= sent)
        {
            return Task.CompletedTask;
        }

        var before = balances.GetValueOrDefault(change.Asset);
        balances[change.Asset] = new Balance(
            change.Asset, before.Amount + change.Amount, before.Entries + 1, change.Position);
        return SendAsync(change.Position, cancellation);
    }

    /// <summary>Takes note that everything up to a position was sent.</summary>
    public void Reached(long position) => sent = Math.Max(sent, position);

    /// <summary>Sends something that says nothing, so that both sides see that the other is there.</summary>
    public Task BeatAsync(CancellationToken cancellation) => WriteAsync(":", [], cancellation);

    /// <summary>Sends why nothing more comes.</summary>
    public Task CloseAsync(string reason, CancellationToken cancellation) => WriteAsync(
        "event: closed\ndata: ", JsonSerializer.SerializeToUtf8Bytes(new { reason }), cancellation);

    private async Task WriteAsync(string head, byte[] data, CancellationToken cancellation)
    {
        await output.WriteAsync((byte[])[.. Encoding.UTF8.GetBytes(head), .. data, .. "\n\n"u8], cancellation);
        await output.FlushAsync(cancellation);
    }
}
