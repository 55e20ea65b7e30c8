namespace EventLedger.EventStore.Reading;

/// <summary>How a tail waits.</summary>
public sealed record TailOptions
{
    /// <summary>The longest time between two looks at the head, where no notification comes.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The first pause after the database failed; doubled each time.</summary>
    public TimeSpan PauseMin { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromSeconds(2);
}
