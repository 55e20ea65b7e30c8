using System.Buffers.Binary;
using System.Text.Json;

namespace EventLedger.EventStore.Blocks;

/// <summary>The members of the objects that are being written: puts them in the order of their keys.</summary>
/// <param name="text">Where they are written.</param>
internal sealed class CanonicalMembers(Utf8Text text) : IComparer<CanonicalMembers.Member>
{
    private const int MembersFirst = 32;

    private readonly Utf8Text ordered = new();
    private Member[] members = new Member[MembersFirst];

    /// <summary>Members of the object that is written now, and of those around it.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets all.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds the member that ends where the text does.</summary>
    /// <param name="start">Where its key's quotation mark is.</param>
    /// <param name="keyEnd">What follows the key's second one.</param>
    /// <param name="isPlain">Whether the key is ASCII without escapes.</param>
    public void Add(int start, int keyEnd, bool isPlain)
    {
        if (Count == members.Length)
        {
            Array.Resize(ref members, 2 * Count);
        }

        var beginning = Beginning(text.Written[(start + 1)..(keyEnd - 1)]);
        members[Count++] = new Member(start, keyEnd, text.Length, isPlain, beginning);
    }

    /// <summary>Orders the members from <paramref name="first"/> on, which are one object, and forgets them.</summary>
    /// <exception cref="JsonException">Two have the same key.</exception>
    public void PutInOrder(int first)
    {
        var own = members.AsSpan(first, Count - first);
        Count = first;

        if (IsInOrder(own))
        {
            return;
        }

        var (start, end) = (own[0].Start, own[^1].End);
        own.Sort(this);

        if (!IsInOrder(own))
        {
            throw new JsonException("It names a field twice.");
        }

        ordered.Clear();

        foreach (var member in own)
        {
            ordered.Append(text.Written[member.Start..member.End]);
            ordered.Append((byte)',');
        }

        ordered.Written[..^1].CopyTo(text.Written[start..end]);
    }

    /// <inheritdoc/>
    public int Compare(Member x, Member y)
    {
        if (!x.IsPlain || !y.IsPlain)
        {
            return string.CompareOrdinal(Key(x), Key(y));
        }

        var beginnings = x.Beginning.CompareTo(y.Beginning);
        return beginnings != 0 ? beginnings : Plain(x).SequenceCompareTo(Plain(y));
    }

    private bool IsInOrder(ReadOnlySpan<Member> own)
    {
        for (var i = 1; i < own.Length; i++)
        {
            if (Compare(own[i - 1], own[i]) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    private ReadOnlySpan<byte> Plain(Member member) => text.Written[(member.Start + 1)..(member.KeyEnd - 1)];

    private string Key(Member member)
    {
        var reader = new Utf8JsonReader(text.Written[member.Start..member.KeyEnd]);
        reader.Read();
        return reader.GetString()!;
    }

    // A plain key has no byte 0, so a shorter one that is filled up with it still comes first.
    private static ulong Beginning(ReadOnlySpan<byte> key)
    {
        Span<byte> eight = stackalloc byte[sizeof(ulong)];
        eight.Clear();
        key[..Math.Min(key.Length, eight.Length)].CopyTo(eight);
        return BinaryPrimitives.ReadUInt64BigEndian(eight);
    }

    /// <summary>One field of an object, in the text.</summary>
    internal readonly record struct Member(int Start, int KeyEnd, int End, bool IsPlain, ulong Beginning);
}
