namespace EventLedger.Projections.Sources;

/// <summary>Sequences of a producer's epoch that no event has.</summary>
/// <param name="Source">The producer.</param>
/// <param name="Epoch">Its life that the sequences count in.</param>
/// <param name="First">The first one that is missing.</param>
/// <param name="Last">The last one.</param>
/// <param name="FoundAt">When they were missed.</param>
public sealed record SourceGap(string Source, string Epoch, long First, long Last, DateTimeOffset FoundAt)
{
    /// <summary>How many they are.</summary>
    public long Count => checked(Last - First + 1);

    /// <summary>What is left of the gap without some of its sequences, in order.</summary>
    public IEnumerable<SourceGap> Without(IEnumerable<long> sequences)
    {
        var next = First;

        foreach (var sequence in sequences.Where(sequence => sequence >= First && sequence <= Last).Distinct().Order())
        {
            if (sequence > next)
            {
                yield return this with { First = next, Last = sequence - 1 };
            }

            next = sequence + 1;
        }

        if (next <= Last)
        {
            yield return this with { First = next };
        }
    }
}
