using System.Text;
using System.Text.Json;
using EventLedger.Contracts.Money;

namespace EventLedger.Accounts;

/// <summary>
/// What an event changes a balance by, picked from its stored data without making the event. The functions
/// <c>entry_amount</c>, <c>entry_asset</c> and <c>entry_is_usage</c> and the view <c>entries</c> say the same in SQL.
/// </summary>
public readonly ref struct Entry
{
    private const int DayLength = 10;

    private static readonly byte[] LegacyAsset = Encoding.UTF8.GetBytes(Asset.MicroOmr.ToString());

    // In the order of the values that TryRead picks.
    private static readonly byte[][] NumberNames =
    [
        .. new[]
        {
            "amount", "amount_omr", "amount_micro_omr",
            "tokens_used", "prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>The amount in the asset's smallest unit.</summary>
    public required long Amount { get; init; }

    /// <summary>The asset as it is written, <c>OMR/6</c>.</summary>
    public required ReadOnlySpan<byte> AssetName { get; init; }

    /// <summary>The model that answered; empty for none.</summary>
    public ReadOnlySpan<byte> Model { get; init; }

    /// <summary>The tokens that were counted.</summary>
    public EntryTokens Tokens { get; init; }

    /// <summary>When what it is of was completed, <c>2026-11-21T17:00:00Z</c>; empty where it doesn't say.</summary>
    public ReadOnlySpan<byte> CompletedAt { get; init; }

    /// <summary>The day of <see cref="CompletedAt"/>.</summary>
    public ReadOnlySpan<byte> UsedOn => CompletedAt[..Math.Min(CompletedAt.Length, DayLength)];

    /// <summary>The stored name of the event that it undoes; empty for none.</summary>
    public ReadOnlySpan<byte> ReversedType { get; init; }

    /// <summary>Whether it is usage, or undoes some; an old row is where it takes.</summary>
    /// <param name="type">The stored name of its event.</param>
    public bool IsUsage(ReadOnlySpan<byte> type) => (ReversedType.IsEmpty ? type : ReversedType) switch
    {
        var of when of.SequenceEqual("usage_recorded"u8) || of.SequenceEqual("usage_corrected"u8) => true,
        var of when of.SequenceEqual("legacy_entry_imported"u8) => ReversedType.IsEmpty ? Amount < 0 : Amount > 0,
        _ => false,
    };

    /// <summary>Reads the stored data of an event; false for an event that changes no balance.</summary>
    /// <exception cref="FormatException">A number isn't whole, or is outside 64 bits.</exception>
    /// <exception cref="InvalidOperationException">A field is of another kind than any event has.</exception>
    /// <exception cref="OverflowException">The worth of an old row is outside 64 bits.</exception>
    public static bool TryRead(ReadOnlySpan<byte> data, out Entry entry)
    {
        Span<long> numbers = stackalloc long[NumberNames.Length];
        var found = 0;
        ReadOnlySpan<byte> asset = default, model = default, completedAt = default, createdAt = default;
        ReadOnlySpan<byte> reversedType = default;
        var json = new Utf8JsonReader(data);
        json.Read();

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.ValueSpan;
            json.Read();

            if (json.TokenType == JsonTokenType.Null)
            {
                continue;
            }

            if (name.SequenceEqual("asset"u8))
            {
                asset = Text(ref json);
            }
            else if (name.SequenceEqual("model"u8))
            {
                model = Text(ref json);
            }
            else if (name.SequenceEqual("completed_at"u8))
            {
                completedAt = Text(ref json);
            }
            else if (name.SequenceEqual("created_at"u8))
            {
                createdAt = Text(ref json);
            }
            else if (name.SequenceEqual("reversed_type"u8))
            {
                reversedType = Text(ref json);
            }
            else if (IndexOf(name) is >= 0 and var index)
            {
                numbers[index] = json.GetInt64();
                found |= 1 << index;
            }
            else
            {
                json.Skip();
            }
        }

        long? amount = (found & 1) != 0 ? numbers[0] : null;
        long? amountOmr = (found & 2) != 0 ? numbers[1] : null;
        long? amountMicroOmr = (found & 4) != 0 ? numbers[2] : null;
        var isEntry = TryMake(amount, asset, amountOmr, amountMicroOmr, out entry);
        entry = entry with
        {
            Model = model,
            Tokens = new(numbers[3], numbers[4], numbers[5], numbers[6], numbers[7]),
            CompletedAt = completedAt.IsEmpty ? createdAt : completedAt,
            ReversedType = reversedType,
        };
        return isEntry;
    }

    /// <summary>Makes an entry of what its event's data says; false for an event that changes no balance.</summary>
    /// <param name="amount">The field <c>amount</c>.</param>
    /// <param name="asset">The field <c>asset</c>; empty where it is missing.</param>
    /// <param name="amountOmr">The field <c>amount_omr</c> of an old row.</param>
    /// <param name="amountMicroOmr">The field <c>amount_micro_omr</c> of an old row.</param>
    /// <param name="entry">The entry, without model and tokens.</param>
    /// <exception cref="OverflowException">The worth of an old row is outside 64 bits.</exception>
    public static bool TryMake(
        long? amount, ReadOnlySpan<byte> asset, long? amountOmr, long? amountMicroOmr, out Entry entry)
    {
        // An old row has whole OMR and micro-OMR, and is worth both together.
        var worth = amount ?? (amountOmr * Omr.MicroPerOmr) + amountMicroOmr;
        entry = new Entry
        {
            Amount = worth ?? 0,
            AssetName = asset.IsEmpty && amountOmr is not null ? LegacyAsset : asset,
        };
        return worth is not null;
    }

    private static int IndexOf(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < NumberNames.Length; i++)
        {
            if (name.SequenceEqual(NumberNames[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static ReadOnlySpan<byte> Text(scoped ref Utf8JsonReader json) =>
        json.TokenType != JsonTokenType.String ? throw new InvalidOperationException($"a text is a {json.TokenType}")
        : json.ValueIsEscaped ? Encoding.UTF8.GetBytes(json.GetString()!)
        : json.ValueSpan;
}

/// <summary>The tokens of one entry, zero where none were counted.</summary>
/// <param name="Used">All tokens.</param>
/// <param name="Prompt">Tokens of the prompt, cached ones included.</param>
/// <param name="Completion">Tokens of the answer, reasoning included.</param>
/// <param name="Cached">Prompt tokens that came from a cache.</param>
/// <param name="Reasoning">Answer tokens spent on reasoning.</param>
public readonly record struct EntryTokens(long Used, long Prompt, long Completion, long Cached, long Reasoning);
