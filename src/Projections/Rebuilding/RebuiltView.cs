using EventLedger.EventStore.Copying;
using Npgsql;

namespace EventLedger.Projections.Rebuilding;

/// <summary>A view that can be made anew from the events, beside the one that is in use.</summary>
public abstract class RebuiltView
{
    private static readonly RebuiltView[] Views = [new Balances.BalanceRebuild(), new Statements.StatementRebuild()];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RebuiltView> All => Views;

    /// <summary>What operators call it.</summary>
    public abstract string Name { get; }

    /// <summary>Selects the position whose events, and all before, are in the live table.</summary>
    internal abstract string ReachedSql { get; }

    /// <summary>Waits until nobody writes the live table, and keeps it so to the end of the transaction.</summary>
    internal abstract string LockSql { get; }

    /// <summary>What of an event is read for the fold; the first is its position.</summary>
    internal abstract string[] FoldedColumns { get; }

    /// <summary>The columns of a side table.</summary>
    internal abstract string SideColumns { get; }

    /// <summary>Sums the events after $1 up to $2 into the side table.</summary>
    internal abstract string FillSql { get; }

    /// <summary>Writes down in which rows the live table isn't what <paramref name="sideTable"/> adds up to.</summary>
    internal abstract string DifferencesSql(string sideTable);

    /// <summary>Counts the keys for which the two ways' side tables don't add up to the same.</summary>
    internal abstract string DisagreementsSql { get; }

    /// <summary>Selects name, what the live table has and what the events give, of the first $1 differences.</summary>
    internal abstract string FirstDifferencesSql { get; }

    /// <summary>
    /// Puts the live table right, one statement after the other. A difference stays the same while events are added
    /// on both sides, so each is applied as a difference, whatever has been added since it was found.
    /// </summary>
    internal abstract string[] CorrectSql { get; }

    /// <summary>Where <see cref="DifferencesSql"/> writes.</summary>
    internal string DifferencesTable => $"{Name}_differences";

    /// <summary>The side table of a way.</summary>
    internal string SideTable(Way way) => way is Way.Sql ? $"{Name}_by_sql" : $"{Name}_by_fold";

    /// <summary>Adds an event, if it is an entry, to the sums under the view's key.</summary>
    /// <exception cref="FormatException">A number isn't whole, or is outside 64 bits.</exception>
    internal abstract void Fold(EntrySums sums, CopyRows @event);

    /// <summary>Writes one sum as a row of the side table.</summary>
    internal abstract Task WriteAsync(
        NpgsqlBinaryImporter rows, string[] key, EntrySum sum, CancellationToken cancellation);
}
