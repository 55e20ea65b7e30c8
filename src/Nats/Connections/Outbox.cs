using System.Threading.Channels;

namespace EventLedger.Nats;

/// <summary>What is more urgent is sent first.</summary>
internal enum Lane
{
    /// <summary>Subscriptions, acknowledgements, pulls, requests, pings.</summary>
    Control,

    /// <summary>Messages to streams.</summary>
    Publish,
}

/// <summary>
/// The whole frames that wait to be written to one connection. Many write, one takes: chunks of frames, so that one
/// send carries what gathered during the one before. It ends with its connection, and what is in it then is gone.
/// </summary>
internal sealed class Outbox
{
    /// <summary>A chunk's size. One frame that is larger has a chunk of its own.</summary>
    public const int ChunkBytes = 64 * 1024;

    /// <summary>Bytes that may wait in a lane; a frame that would exceed them is not taken.</summary>
    public const int LaneBytesMax = 32 * 1024 * 1024;

    private const int FreeChunksMax = 16;

    private readonly Lock gate = new();
    private readonly Queue<Chunk>[] lanes = [new(), new()];
    private readonly Chunk?[] tails = new Chunk?[2];
    private readonly long[] written = new long[2];
    private readonly long[] taken = new long[2];
    private readonly Stack<Chunk> free = new();
    private readonly Chunk pong = Chunk.Of("PONG\r\n"u8);

    private readonly Channel<bool> bell = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private bool isWriterAsleep;
    private bool isPongOwed;
    private bool isClosed;

    /// <summary>Takes the frame, or returns false: the connection has ended, or the lane is full.</summary>
    public bool TryWrite<TFrame>(Lane lane, in TFrame frame)
        where TFrame : IFrame, allows ref struct => TryWrite(lane, frame, out _);

    /// <summary>Takes the frame, and says where in the lane it ends: see <see cref="HasLeft"/>.</summary>
    public bool TryWrite<TFrame>(Lane lane, in TFrame frame, out long position)
        where TFrame : IFrame, allows ref struct
    {
        var lengthMax = frame.LengthMax;

        lock (gate)
        {
            position = written[(int)lane];

            if (isClosed || position - taken[(int)lane] + lengthMax > LaneBytesMax)
            {
                return false;
            }

            var chunk = Tail(lane, lengthMax);
            var length = frame.Write(chunk.Bytes.AsSpan(chunk.Length));
            chunk.Length += length;
            position = written[(int)lane] += length;
            WakeWriter();
            return true;
        }
    }

    /// <summary>Whether what ends there was taken to be sent. What still waits needs no resending.</summary>
    public bool HasLeft(Lane lane, long position)
    {
        lock (gate)
        {
            return taken[(int)lane] >= position;
        }
    }

    /// <summary>Answers pings: one answer for all since the last, so that a flood of them takes no room.</summary>
    public void OwePong()
    {
        lock (gate)
        {
            isPongOwed = true;
            WakeWriter();
        }
    }

    /// <summary>Returns when there is something to take; false when the connection has ended.</summary>
    public ValueTask<bool> WaitAsync() => bell.Reader.WaitToReadAsync();

    /// <summary>The next bytes to send; null while there are none.</summary>
    public Chunk? TryTake()
    {
        lock (gate)
        {
            if (Next() is { } chunk)
            {
                return chunk;
            }

            // Under the lock that it is rung under: what is written from here on rings again.
            bell.Reader.TryRead(out _);
            isWriterAsleep = true;
            return null;
        }
    }

    /// <summary>Gives a sent chunk back.</summary>
    public void Return(Chunk chunk)
    {
        lock (gate)
        {
            if (free.Count < FreeChunksMax && chunk.Bytes.Length == ChunkBytes)
            {
                chunk.Length = 0;
                free.Push(chunk);
            }
        }
    }

    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
        }

        bell.Writer.TryComplete();
    }

    private Chunk? Next()
    {
        if (isClosed)
        {
            return null;
        }

        if (isPongOwed)
        {
            isPongOwed = false;
            return pong;
        }

        for (var lane = 0; lane < lanes.Length; lane++)
        {
            if (lanes[lane].TryDequeue(out var chunk))
            {
                taken[lane] += chunk.Length;
                tails[lane] = ReferenceEquals(tails[lane], chunk) ? null : tails[lane];
                return chunk;
            }
        }

        return null;
    }

    private Chunk Tail(Lane lane, int lengthMax)
    {
        if (tails[(int)lane] is { } tail && tail.Bytes.Length - tail.Length >= lengthMax)
        {
            return tail;
        }

        var chunk = lengthMax > ChunkBytes ? new Chunk(lengthMax)
            : free.TryPop(out var used) ? used
            : new Chunk(ChunkBytes);

        tails[(int)lane] = chunk;
        lanes[(int)lane].Enqueue(chunk);
        return chunk;
    }

    private void WakeWriter()
    {
        if (isWriterAsleep)
        {
            isWriterAsleep = false;
            bell.Writer.TryWrite(true);
        }
    }

    /// <summary>Whole frames, one after the other.</summary>
    internal sealed class Chunk(int size)
    {
        public byte[] Bytes { get; } = new byte[size];

        public int Length { get; set; }

        public ReadOnlyMemory<byte> Filled => Bytes.AsMemory(0, Length);

        public static Chunk Of(ReadOnlySpan<byte> bytes)
        {
            var chunk = new Chunk(bytes.Length) { Length = bytes.Length };
            bytes.CopyTo(chunk.Bytes);
            return chunk;
        }
    }
}
