using Npgsql;

namespace EventLedger.Ledger.Booking;

/// <summary>Books many together, and in halves around those that the database refuses for what they say.</summary>
internal static class Halving
{
    /// <summary>Books all, in order; one that is refused by itself goes to <paramref name="refuse"/>.</summary>
    /// <exception cref="NpgsqlException">The database can't be reached.</exception>
    public static async Task BookAsync<T>(
        IReadOnlyList<T> items, Func<IReadOnlyList<T>, Task> book, Func<T, Exception, Task> refuse)
    {
        for (var isAgain = false; ; isAgain = true)
        {
            try
            {
                await book(items);
                return;
            }
            catch (Exception refusal) when (IsOfData(refusal) && items.Count > 1)
            {
                var half = items.Count / 2;
                await BookAsync([.. items.Take(half)], book, refuse);
                await BookAsync([.. items.Skip(half)], book, refuse);
                return;
            }
            catch (Exception refusal) when (IsTaken(refusal) && !isAgain)
            {
                // Once more: what took its place is there to be found by now.
            }
            catch (Exception refusal) when (IsOfData(refusal))
            {
                await refuse(items[0], refusal);
                return;
            }
        }
    }

    /// <summary>Why one is refused, in our words: what the database says may tell of its tables.</summary>
    public static string ReasonOf(Exception refusal) =>
        refusal is PostgresException { SqlState: not PostgresErrorCodes.NumericValueOutOfRange } refused
            ? $"the database can't keep what it says (SQLSTATE {refused.SqlState})"
            : "would take the customer's balance outside 64 bits";

    // SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation).
    private static bool IsOfData(Exception failure) => failure is OverflowException
        or PostgresException { SqlState: ['2', '2' or '3', ..] };

    // A node's key of two customers at the same moment: no lock is common to them, and the database refuses the later
    // one.
    private static bool IsTaken(Exception refusal) =>
        refusal is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };
}
