using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EventLedger.Contracts.Reports;
using Microsoft.Win32.SafeHandles;

namespace EventLedger.Proxy.Spool;

/// <summary>What a spool remembers beside its records.</summary>
/// <param name="Epoch">The life that sequences count in.</param>
/// <param name="Sequence">The last one given, where the spool was closed in order.</param>
/// <param name="Position">Up to where it has been published.</param>
/// <param name="IsClosed">Whether nothing was given out after this was written.</param>
/// <param name="Counts">What <paramref name="Hours"/> are counted with: other ones are other counts.</param>
/// <param name="Source">The producer's name, by its digest.</param>
/// <param name="HoursBegin">What was made before belongs to another source and isn't counted.</param>
/// <param name="Hours">What became of the envelopes of each hour, up to the position.</param>
internal sealed record SpoolState(
    Guid Epoch, long Sequence, SpoolPosition Position, bool IsClosed, Guid Counts, Guid Source,
    DateTimeOffset HoursBegin, IReadOnlyList<HourFigures> Hours)
{
    /// <summary>The digest of a producer's name.</summary>
    public static Guid DigestOf(string source) => new(SHA256.HashData(Encoding.UTF8.GetBytes(source)).AsSpan(0, 16));
}

/// <summary>
/// Keeps the state in a file of two slots, written in turn: whichever write is cut short, the other slot stands.
/// </summary>
internal sealed class SpoolStateFile : IDisposable
{
    private const int SlotBytes = 4096;
    private const int CountsAt = 64;
    private const int SourceAt = 80;
    private const int HoursAt = 96;
    private const int HourBytes = 40;
    private const int CrcAt = 4092;

    private readonly SafeFileHandle file;
    private long generation;

    /// <summary>Opens the file.</summary>
    public SpoolStateFile(string path) =>
        file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);

    /// <summary>What was saved last; null where neither slot can be read.</summary>
    public SpoolState? Load()
    {
        Span<byte> slots = stackalloc byte[2 * SlotBytes];
        var length = RandomAccess.Read(file, slots, 0);
        SpoolState? newest = null;

        for (var slot = slots[..length]; slot.Length >= SlotBytes; slot = slot[SlotBytes..])
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(slot[CrcAt..]) == Crc32C.Append(uint.MaxValue, slot[..CrcAt])
                && BinaryPrimitives.ReadInt64LittleEndian(slot) is var found
                && found > generation)
            {
                generation = found;
                newest = Read(slot);
            }
        }

        return newest;
    }

    /// <summary>Replaces the state.</summary>
    public void Save(SpoolState state)
    {
        generation++;
        Span<byte> slot = stackalloc byte[SlotBytes];
        slot.Clear();

        BinaryPrimitives.WriteInt64LittleEndian(slot, generation);
        state.Epoch.TryWriteBytes(slot[8..]);
        BinaryPrimitives.WriteInt64LittleEndian(slot[24..], state.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(slot[32..], state.Position.Segment);
        BinaryPrimitives.WriteInt64LittleEndian(slot[40..], state.Position.Offset);
        slot[48] = state.IsClosed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(slot[52..], state.Hours.Count);
        BinaryPrimitives.WriteInt64LittleEndian(slot[56..], state.HoursBegin.UtcTicks);
        state.Counts.TryWriteBytes(slot[CountsAt..]);
        state.Source.TryWriteBytes(slot[SourceAt..]);

        foreach (var (at, hour) in state.Hours.Index())
        {
            Write(hour, slot[(HoursAt + (at * HourBytes))..]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(slot[CrcAt..], Crc32C.Append(uint.MaxValue, slot[..CrcAt]));

        RandomAccess.Write(file, slot, generation % 2 * SlotBytes);
    }

    /// <summary>Waits until what was saved survives a power loss.</summary>
    public void Flush() => RandomAccess.FlushToDisk(file);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static SpoolState Read(ReadOnlySpan<byte> slot)
    {
        var hours = new HourFigures[BinaryPrimitives.ReadInt32LittleEndian(slot[52..])];

        for (var at = 0; at < hours.Length; at++)
        {
            hours[at] = ReadHour(slot[(HoursAt + (at * HourBytes))..]);
        }

        return new(
            new Guid(slot[8..24]),
            BinaryPrimitives.ReadInt64LittleEndian(slot[24..]),
            new(BinaryPrimitives.ReadInt64LittleEndian(slot[32..]), BinaryPrimitives.ReadInt64LittleEndian(slot[40..])),
            IsClosed: slot[48] == 1,
            new Guid(slot[CountsAt..SourceAt]),
            new Guid(slot[SourceAt..HoursAt]),
            // Zero, the least of all times, where an older proxy wrote it.
            new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(slot[56..]), TimeSpan.Zero),
            hours);
    }

    // What is spooled is not kept: the segments tell.
    private static void Write(HourFigures figures, Span<byte> row)
    {
        BinaryPrimitives.WriteInt64LittleEndian(row, figures.Hour.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(row[8..], figures.Observed);
        BinaryPrimitives.WriteInt64LittleEndian(row[16..], figures.Published);
        BinaryPrimitives.WriteInt64LittleEndian(row[24..], figures.Refused);
        BinaryPrimitives.WriteInt64LittleEndian(row[32..], figures.Lost);
    }

    private static HourFigures ReadHour(ReadOnlySpan<byte> row) => new(
        new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(row), TimeSpan.Zero),
        Observed: BinaryPrimitives.ReadInt64LittleEndian(row[8..]),
        Published: BinaryPrimitives.ReadInt64LittleEndian(row[16..]),
        Spooled: 0,
        Refused: BinaryPrimitives.ReadInt64LittleEndian(row[24..]),
        Lost: BinaryPrimitives.ReadInt64LittleEndian(row[32..]));
}
