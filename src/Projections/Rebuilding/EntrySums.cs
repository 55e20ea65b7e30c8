using System.Diagnostics.CodeAnalysis;
using EventLedger.Accounts;

namespace EventLedger.Projections.Rebuilding;

/// <summary>
/// Sums of entries by key. A key is the texts of its parts, each ended by a zero, which no text holds.
/// </summary>
internal sealed class EntrySums
{
    private const int KeySizeAtFirst = 512;

    private readonly Dictionary<byte[], EntrySum> sums;
    private readonly Dictionary<byte[], EntrySum>.AlternateLookup<ReadOnlySpan<byte>> byKey;
    private byte[] key = new byte[KeySizeAtFirst];
    private int keyLength;

    public EntrySums()
    {
        sums = new(new ByteComparer());
        byKey = sums.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Each key with its sum.</summary>
    public IReadOnlyDictionary<byte[], EntrySum> All => sums;

    /// <summary>Begins the key of the next entry.</summary>
    public EntrySums Begin()
    {
        keyLength = 0;
        return this;
    }

    /// <summary>Adds a part to the key.</summary>
    public EntrySums With(ReadOnlySpan<byte> part)
    {
        if (keyLength + part.Length + 1 > key.Length)
        {
            Array.Resize(ref key, (key.Length + part.Length) * 2);
        }

        part.CopyTo(key.AsSpan(keyLength));
        keyLength += part.Length;
        key[keyLength++] = 0;
        return this;
    }

    /// <summary>Adds an entry under the key.</summary>
    public void Add(in Entry entry, long position)
    {
        var own = key.AsSpan(0, keyLength);

        if (!byKey.TryGetValue(own, out var sum))
        {
            sums.Add(own.ToArray(), sum = new EntrySum());
        }

        sum.Add(entry, position);
    }

    /// <summary>The parts of a key.</summary>
    public static string[] Parts(byte[] key) => System.Text.Encoding.UTF8.GetString(key.AsSpan(..^1)).Split('\0');

    private sealed class ByteComparer
        : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}

/// <summary>
/// What the entries of one key add up to; wide enough for any slice of entries that each have 64 bits.
/// </summary>
internal sealed class EntrySum
{
    public Int128 Amount { get; private set; }

    public long Entries { get; private set; }

    public long LastPosition { get; private set; }

    public Int128 TokensUsed { get; private set; }

    public Int128 PromptTokens { get; private set; }

    public Int128 CompletionTokens { get; private set; }

    public Int128 CachedTokens { get; private set; }

    public Int128 ReasoningTokens { get; private set; }

    public void Add(in Entry entry, long position)
    {
        Amount += entry.Amount;
        Entries++;
        LastPosition = Math.Max(LastPosition, position);
        TokensUsed += entry.Tokens.Used;
        PromptTokens += entry.Tokens.Prompt;
        CompletionTokens += entry.Tokens.Completion;
        CachedTokens += entry.Tokens.Cached;
        ReasoningTokens += entry.Tokens.Reasoning;
    }
}
