using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace EventLedger.Proxy.Spool;

/// <summary>What a spool remembers beside its records.</summary>
/// <param name="Epoch">The life that sequences count in.</param>
/// <param name="Sequence">The last one given, where the spool was closed in order.</param>
/// <param name="Position">Up to where it has been published.</param>
/// <param name="IsClosed">Whether nothing was given out after this was written.</param>
internal readonly record struct SpoolState(Guid Epoch, long Sequence, SpoolPosition Position, bool IsClosed);

/// <summary>
/// Keeps the state in a file of two slots, written in turn: whichever write is cut short, the other slot stands.
/// </summary>
internal sealed class SpoolStateFile : IDisposable
{
    private const int SlotBytes = 64;
    private const int CrcAt = 60;

    private readonly SafeFileHandle file;
    private long generation;

    private SpoolStateFile(SafeFileHandle file) => this.file = file;

    /// <summary>Opens the file; the state is null where neither slot can be read.</summary>
    public static (SpoolStateFile File, SpoolState? State) Open(string path)
    {
        var opened = new SpoolStateFile(File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite));
        return (opened, opened.Load());
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
        BinaryPrimitives.WriteUInt32LittleEndian(slot[CrcAt..], Crc32C.Append(uint.MaxValue, slot[..CrcAt]));

        RandomAccess.Write(file, slot, generation % 2 * SlotBytes);
    }

    /// <summary>Waits until what was saved survives a power loss.</summary>
    public void Flush() => RandomAccess.FlushToDisk(file);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private SpoolState? Load()
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

    private static SpoolState Read(ReadOnlySpan<byte> slot) => new(
        new Guid(slot[8..24]),
        BinaryPrimitives.ReadInt64LittleEndian(slot[24..]),
        new(BinaryPrimitives.ReadInt64LittleEndian(slot[32..]), BinaryPrimitives.ReadInt64LittleEndian(slot[40..])),
        IsClosed: slot[48] == 1);
}
