namespace EventLedger.Projections.Rebuilding;

/// <summary>How a view is made anew. The two ways share no code that counts, so that one checks the other.</summary>
public enum Way
{
    /// <summary>PostgreSQL groups and sums.</summary>
    Sql,

    /// <summary>The stored data comes out, is read and summed here, and the sums go back.</summary>
    Fold,
}
