namespace EventLedger.Ledger.Intake;

/// <summary>What became of an order about a dead letter.</summary>
internal abstract record DeadLetterAnswer
{
    private DeadLetterAnswer()
    {
    }

    /// <summary>It is as was asked for, now or since before.</summary>
    public sealed record Settled(DeadLetter Letter) : DeadLetterAnswer;

    /// <summary>It was settled otherwise before.</summary>
    public sealed record Conflicting(DeadLetter Letter) : DeadLetterAnswer;

    /// <summary>It can't be booked, and stays as it is.</summary>
    /// <param name="Reason">Why, for people.</param>
    public sealed record Refused(string Reason) : DeadLetterAnswer;

    /// <summary>There is none of that number.</summary>
    public sealed record Unknown : DeadLetterAnswer;

    /// <summary>Too many are being settled, and it wasn't looked at.</summary>
    public sealed record Busy : DeadLetterAnswer;

    /// <summary>The database can't be reached; it may be booked or not, and asking again is safe.</summary>
    public sealed record Unavailable : DeadLetterAnswer;
}
