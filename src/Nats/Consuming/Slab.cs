namespace EventLedger.Nats;

/// <summary>
/// A piece of memory that several messages share, given back when the last of them is settled. One that is never
/// settled merely leaves it to the garbage collector.
/// </summary>
internal sealed class Slab(int size, SlabPool pool)
{
    private int users = 1;
    private int used;

    public byte[] Bytes { get; } = new byte[size];

    public int Room => Bytes.Length - used;

    /// <summary>Takes a part for one message. Only the owner of the slab calls it.</summary>
    public int Take(int length)
    {
        Interlocked.Increment(ref users);
        used += length;
        return used - length;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref users) == 0)
        {
            pool.Return(this);
        }
    }

    public void Reuse()
    {
        users = 1;
        used = 0;
    }
}

/// <summary>The slabs of one consumer. One thread takes, any gives back.</summary>
internal sealed class SlabPool
{
    private const int SlabBytes = 64 * 1024;
    private const int FreeMax = 64;

    private readonly Lock gate = new();
    private readonly Stack<Slab> free = new();
    private Slab? current;

    /// <summary>A slab with room for this many bytes.</summary>
    public Slab For(int length)
    {
        // One message that fills a slab gets its own, which only that message holds.
        if (length > SlabBytes / 2)
        {
            return new Slab(length, this);
        }

        if (current is null || current.Room < length)
        {
            current?.Release();
            current = Rent();
        }

        return current;
    }

    public void Return(Slab slab)
    {
        lock (gate)
        {
            if (slab.Bytes.Length == SlabBytes && free.Count < FreeMax)
            {
                free.Push(slab);
            }
        }
    }

    private Slab Rent()
    {
        lock (gate)
        {
            if (!free.TryPop(out var slab))
            {
                return new Slab(SlabBytes, this);
            }

            slab.Reuse();
            return slab;
        }
    }
}
