namespace EventLedger.Nats;

internal enum SettlementKind : byte
{
    Ack,
    Nak,
    Term,
    InProgress,
}

/// <summary>What the server is told of a message.</summary>
internal readonly record struct Settlement(SettlementKind Kind, TimeSpan Delay = default)
{
    public const int LengthMax = 64;
    private const long NanosPerTick = 100;
    private const long DelayTicksMax = 365 * TimeSpan.TicksPerDay;

    /// <summary>Writes the acknowledgement's body and returns it.</summary>
    public ReadOnlySpan<byte> Write(Span<byte> target)
    {
        // A bare +TERM: servers before 2.10.4 confirm one with a reason and then ignore it.
        var word = Kind switch
        {
            SettlementKind.Ack => "+ACK"u8,
            SettlementKind.Nak => "-NAK"u8,
            SettlementKind.Term => "+TERM"u8,
            _ => "+WPI"u8,
        };

        var frame = new FrameWriter(target);
        frame.Write(word);

        if (Kind == SettlementKind.Nak && Delay > TimeSpan.Zero)
        {
            frame.Write(" {\"delay\":"u8);
            frame.Write(long.Min(Delay.Ticks, DelayTicksMax) * NanosPerTick);
            frame.Write("}"u8);
        }

        return target[..frame.Length];
    }
}
