using System.Text.Json;
using EventLedger.Contracts.Envelopes;
using EventLedger.Contracts.Times;

namespace EventLedger.Contracts.Pricing;

/// <summary>A price book can't be used.</summary>
public sealed class PriceBookException(int line, int column, string problem)
    : Exception($"line {line}, column {column}: {problem}");

/// <summary>
/// Reads a price book: <c>{"version":"2026-11","prices":[{"model":"qwen3-*","from":"2026-11-01","per":"million",
/// "prompt":150000000,"cached":15000000,"completion":600000000,"reasoning":600000000}]}</c>. Prices are whole micro-OMR
/// per <c>token</c> or <c>million</c>; <c>cached</c> is as <c>prompt</c> and <c>reasoning</c> as <c>completion</c>
/// where they are left out, <c>from</c> is always.
/// </summary>
public ref struct PriceBookReader
{
    private readonly ReadOnlySpan<byte> file;
    private Utf8JsonReader json;

    private PriceBookReader(ReadOnlySpan<byte> file)
    {
        this.file = file;
        json = new(file, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
    }

    /// <summary>The book in a file's bytes.</summary>
    /// <exception cref="PriceBookException">They are none, with the place.</exception>
    public static PriceBook Read(ReadOnlySpan<byte> file)
    {
        var reader = new PriceBookReader(file);

        try
        {
            return reader.ReadBook();
        }
        catch (JsonException malformed)
        {
            throw new PriceBookException(
                (int)(malformed.LineNumber ?? 0) + 1, (int)(malformed.BytePositionInLine ?? 0) + 1, "no JSON");
        }
        catch (InvalidOperationException)
        {
            // What GetString throws of bytes or escapes that are no characters.
            throw reader.Problem("text that is no UTF-8");
        }
    }

    private PriceBook ReadBook()
    {
        string? version = null;
        List<Price>? prices = null;
        json.Read();
        Require(JsonTokenType.StartObject, "an object with version and prices is expected");

        while (ReadName() is { } name)
        {
            switch (name)
            {
                case "version":
                    version = ReadVersion();
                    break;
                case "prices":
                    prices = ReadPrices();
                    break;
                default:
                    throw Problem($"{name} is no field of a price book");
            }
        }

        json.Read();
        return version is not null && prices is { Count: > 0 }
            ? new(version, prices)
            : throw Problem("version or prices are missing");
    }

    // It goes into each envelope, which the ledger must be able to keep.
    private string ReadVersion() =>
        ReadText() is { Length: > 0 and <= EnvelopeReader.NameLengthMax } version && !version.Contains('\0')
            ? version
            : throw Problem($"a version of 1 to {EnvelopeReader.NameLengthMax} characters is expected");

    private List<Price> ReadPrices()
    {
        var prices = new List<Price>();
        json.Read();
        Require(JsonTokenType.StartArray, "prices are an array");

        while (json.Read() && json.TokenType is not JsonTokenType.EndArray)
        {
            prices.Add(ReadPrice());
        }

        return prices;
    }

    private Price ReadPrice()
    {
        Require(JsonTokenType.StartObject, "a price is an object");
        string? model = null;
        var from = DateTimeOffset.MinValue;
        Int128 unit = 0;
        long? prompt = null, cached = null, completion = null, reasoning = null;

        while (ReadName() is { } name)
        {
            switch (name)
            {
                case "model":
                    model = ReadText();
                    break;
                case "from":
                    from = ReadTime();
                    break;
                case "per":
                    unit = ReadUnit();
                    break;
                case "prompt":
                    prompt = ReadMicroOmr();
                    break;
                case "cached":
                    cached = ReadMicroOmr();
                    break;
                case "completion":
                    completion = ReadMicroOmr();
                    break;
                case "reasoning":
                    reasoning = ReadMicroOmr();
                    break;
                default:
                    throw Problem($"{name} is no field of a price");
            }
        }

        if (model is null || unit == 0 || prompt is not { } ofPrompt || completion is not { } ofCompletion)
        {
            throw Problem("a price needs model, per, prompt and completion");
        }

        return new(
            model,
            from,
            ofPrompt * unit,
            (cached ?? ofPrompt) * unit,
            ofCompletion * unit,
            (reasoning ?? ofCompletion) * unit);
    }

    private string? ReadName() => json.Read() && json.TokenType is JsonTokenType.PropertyName ? json.GetString() : null;

    private string ReadText()
    {
        json.Read();
        Require(JsonTokenType.String, "a text is expected");
        return json.GetString()!;
    }

    private DateTimeOffset ReadTime() => UtcTime.TryParse(ReadText(), out var time)
        ? time
        : throw Problem($"a time such as {UtcTime.Expected} is expected");

    private Int128 ReadUnit() => ReadText() switch
    {
        "token" => Price.Million,
        "million" => 1,
        _ => throw Problem("token or million is expected"),
    };

    private long ReadMicroOmr()
    {
        json.Read();
        return json.TokenType is JsonTokenType.Number && json.TryGetInt64(out var price) && price >= 0
            ? price
            : throw Problem("a whole number of micro-OMR is expected");
    }

    private readonly void Require(JsonTokenType type, string expected)
    {
        if (json.TokenType != type)
        {
            throw Problem(expected);
        }
    }

    private readonly PriceBookException Problem(string problem)
    {
        var before = file[..(int)json.TokenStartIndex];
        return new(before.Count((byte)'\n') + 1, before.Length - before.LastIndexOf((byte)'\n'), problem);
    }
}
