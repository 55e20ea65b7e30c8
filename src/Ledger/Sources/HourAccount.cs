using EventLedger.Contracts.Reports;

namespace EventLedger.Ledger.Sources;

/// <summary>Whether the figures of an hour agree.</summary>
internal enum HourState
{
    /// <summary>They do.</summary>
    Agrees,

    /// <summary>
    /// They don't yet: the producer's figures are younger than a minute, or than the oldest envelope of the stream.
    /// </summary>
    Moving,

    /// <summary>They don't, and nothing that is known will change that.</summary>
    Differs,

    /// <summary>They don't, and the producer doesn't count without gaps: nobody knows which are copies.</summary>
    Unknown,

    /// <summary>The producer says nothing of what it counts.</summary>
    Unreported,
}

/// <summary>
/// What became of a producer's envelopes of one hour: observed = published + spooled + refused + lost, and published =
/// booked + duplicates + waiting + dead letters. Copies of an envelope count once on both sides.
/// </summary>
/// <param name="Source">The producer.</param>
/// <param name="Hour">The hour in which their responses ended.</param>
/// <param name="Reported">What the producer says itself; null where it says nothing.</param>
/// <param name="IsSettled">Whether nothing of it is on its way any more.</param>
/// <param name="IsSparse">Whether the producer had an epoch, then or later, that doesn't count without gaps.</param>
/// <param name="Booked">Those that are events.</param>
/// <param name="Duplicates">Those that said the same as another one, which was booked.</param>
/// <param name="Waiting">Those that wait for their customer's account.</param>
/// <param name="DeadLetters">Those that could not be booked.</param>
internal sealed record HourAccount(
    string Source, DateTimeOffset Hour, HourFigures? Reported, bool IsSettled, bool IsSparse, long Booked,
    long Duplicates, long Waiting, long DeadLetters)
{
    /// <summary>Observed, and nobody knows where.</summary>
    public long? ProxyDifference => Reported?.Difference;

    /// <summary>Published, and not in the ledger; below zero for what is there and wasn't published.</summary>
    public long? LedgerDifference => Reported?.Published - Booked - Duplicates - Waiting - DeadLetters;

    /// <summary>Whether the figures agree.</summary>
    public HourState State => this switch
    {
        { Reported: null } => HourState.Unreported,
        { ProxyDifference: 0, LedgerDifference: 0 } => HourState.Agrees,
        { IsSettled: false } => HourState.Moving,
        { IsSparse: true, ProxyDifference: 0 } => HourState.Unknown,
        _ => HourState.Differs,
    };

    /// <summary>The state as people and programs are told it.</summary>
    public string StateWord => $"{State}".ToLowerInvariant();
}
