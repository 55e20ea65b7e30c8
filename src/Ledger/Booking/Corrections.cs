using EventLedger.Accounts;
using EventLedger.EventStore.Appending;
using Npgsql;
using EventId = EventLedger.Accounts.EventId;

namespace EventLedger.Ledger.Booking;

/// <summary>Finds what corrects a charge.</summary>
internal static class Corrections
{
    private const string FindSql = """
        select id from mt_events
        where type = 'usage_corrected' and data ->> 'corrects' = $1 and stream_id = $2 order by seq_id
        """;

    /// <summary>
    /// The corrections of the entry that an order would undo, those that were undone excepted. Behind the lock of its
    /// stream, where no other can come.
    /// </summary>
    public static async Task<IReadOnlyCollection<Guid>> FindStandingAsync(
        AccountOrder order, AppendTransaction append, CancellationToken cancellation)
    {
        if (order is not AccountOrder.ReverseEntry { Entry.Type: AccountCodec.Usage } reversal)
        {
            return [];
        }

        var corrections = await FindAsync(reversal, append.Connection, cancellation);

        if (corrections.Count == 0)
        {
            return [];
        }

        var undone = await append.FindAsync([.. corrections.Select(UndoingOf)], cancellation);
        return corrections.FindAll(correction => !undone.ContainsKey(UndoingOf(correction)));

        Guid UndoingOf(Guid correction) => EventId.OfReversal(order.CustomerId, correction);
    }

    private static async Task<List<Guid>> FindAsync(
        AccountOrder.ReverseEntry reversal, NpgsqlConnection connection, CancellationToken cancellation)
    {
        var found = new List<Guid>();
        await using var command = new NpgsqlCommand(FindSql, connection)
        {
            Parameters =
            {
                new() { Value = reversal.Entry.EventId.ToString() }, new() { Value = reversal.CustomerId },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            found.Add(reader.GetGuid(0));
        }

        return found;
    }
}
