namespace EventLedger.Projections.Rebuilding;

/// <summary>The positions after <paramref name="After"/>, up to <paramref name="Last"/>.</summary>
/// <param name="After">The position before the first.</param>
/// <param name="Last">The last position.</param>
public readonly record struct Slice(long After, long Last)
{
    /// <summary>How many positions it has.</summary>
    public long Positions => Last - After;

    /// <summary>Cuts what <paramref name="done"/> leaves of the positions up to <paramref name="goal"/>.</summary>
    /// <param name="done">Slices that are done; none overlaps another.</param>
    /// <param name="goal">The last position to do.</param>
    /// <param name="sizeMax">The most positions of a slice.</param>
    public static IEnumerable<Slice> Remaining(IEnumerable<Slice> done, long goal, long sizeMax)
    {
        var after = 0L;

        foreach (var slice in done.OrderBy(slice => slice.After).Append(new Slice(goal, goal)))
        {
            for (; after < slice.After; after = Math.Min(after + sizeMax, slice.After))
            {
                yield return new Slice(after, Math.Min(after + sizeMax, slice.After));
            }

            after = slice.Last;
        }
    }
}
