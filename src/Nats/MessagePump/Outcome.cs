namespace EventLedger.Nats;

/// <summary>How a message is to be settled.</summary>
public enum Settle
{
    /// <summary>It took effect, or had before.</summary>
    Done,

    /// <summary>It shall come again.</summary>
    Retry,

    /// <summary>It can't take effect and has been kept elsewhere.</summary>
    Poison,
}

/// <summary>What became of a message.</summary>
/// <param name="Kind">How it is to be settled.</param>
/// <param name="Delay">For <see cref="Settle.Retry"/>: after how long it shall come again.</param>
public readonly record struct Outcome(Settle Kind, TimeSpan Delay = default)
{
    internal void ApplyTo(JetStreamMessage message)
    {
        switch (Kind)
        {
            case Settle.Done:
                message.Ack();
                break;
            case Settle.Retry:
                message.Nak(Delay);
                break;
            case Settle.Poison:
                message.Term();
                break;
        }
    }
}
