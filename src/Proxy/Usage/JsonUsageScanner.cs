using System.Buffers;
using System.Text;
using EventLedger.Contracts.Envelopes;

namespace EventLedger.Proxy.Usage;

/// <summary>
/// Finds the usage block wherever it stands in one JSON document. It doesn't validate: what it can't make sense of,
/// it skips, and brackets deeper than the known places are only counted.
/// </summary>
internal sealed class JsonUsageScanner : IUsageScanner
{
    /// <summary>The longest key, number or text that is looked at; a longer one is skipped.</summary>
    public const int TokenBytesMax = 1024;

    private const int DepthMax = 5;

    private static readonly SearchValues<byte> TextEnds = SearchValues.Create("\"\\"u8);
    private static readonly SearchValues<byte> Brackets = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> ScalarEnds = SearchValues.Create(" \t\r\n,:{}[]\""u8);

    private readonly JsonPlace[] places = new JsonPlace[DepthMax];
    private readonly byte[] token = new byte[TokenBytesMax];
    private int depth;
    private long bracketsSkipped;
    private int tokenLength;
    private bool tokenTooLong;
    private bool isEscaped;
    private Reading reading;

    // Nearly always the same: the model's name.
    private string? lastText;
    private JsonPlace objectNext = JsonPlace.Root;
    private UsageField countNext;
    private JsonText textNext;
    private bool valueIsNext = true;

    private enum Reading
    {
        Structure,
        Key,
        Text,
        SkippedText,
        Scalar,
        SkippedValue,
    }

    /// <inheritdoc/>
    public UsageBlock Usage { get; } = new();

    /// <inheritdoc/>
    public string? Model { get; private set; }

    /// <summary>The <c>type</c> that the document gives itself.</summary>
    public string? EventType { get; private set; }

    /// <inheritdoc/>
    public bool IsComplete { get; private set; }

    private JsonPlace Place => depth == 0 ? JsonPlace.Document : places[depth - 1];

    /// <inheritdoc/>
    public void Scan(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !IsComplete)
        {
            var used = reading switch
            {
                Reading.Structure => ReadStructure(bytes[0]),
                Reading.Key or Reading.Text or Reading.SkippedText => ReadText(bytes),
                Reading.Scalar => ReadScalar(bytes),
                _ => SkipValue(bytes),
            };

            bytes = bytes[used..];
        }
    }

    /// <inheritdoc/>
    public void End()
    {
    }

    /// <summary>Starts anew, with the next document.</summary>
    public void Reset()
    {
        Usage.Clear();
        (Model, EventType, IsComplete) = (null, null, false);
        (depth, bracketsSkipped, reading, isEscaped) = (0, 0, Reading.Structure, false);
        (objectNext, countNext, textNext, valueIsNext) = (JsonPlace.Root, UsageField.None, JsonText.None, true);
    }

    private int ReadStructure(byte next)
    {
        switch (next)
        {
            case (byte)'"' when valueIsNext:
                SpoilCount();
                Begin(textNext is JsonText.None ? Reading.SkippedText : Reading.Text);
                return 1;
            case (byte)'"':
                Begin(Reading.Key);
                return 1;
            case (byte)':':
                valueIsNext = true;
                return 1;
            case (byte)',':
                ExpectKey();
                return 1;
            case (byte)'{' when objectNext is not JsonPlace.Skipped:
                places[depth++] = objectNext;
                ExpectKey();
                return 1;
            case (byte)'{' or (byte)'[':
                SpoilCount();
                bracketsSkipped = 1;
                reading = Reading.SkippedValue;
                return 1;
            case (byte)'}' or (byte)']':
                depth = Math.Max(depth - 1, 0);
                IsComplete = depth == 0;
                return 1;
            case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                return 1;
            default:
                Begin(Reading.Scalar);
                return 0;
        }
    }

    private int ReadText(ReadOnlySpan<byte> bytes)
    {
        if (isEscaped)
        {
            isEscaped = false;
            Keep(bytes[..1]);
            return 1;
        }

        var end = bytes.IndexOfAny(TextEnds);
        Keep(end < 0 ? bytes : bytes[..end]);

        if (end < 0)
        {
            return bytes.Length;
        }

        if (bytes[end] == '\\')
        {
            Keep("\\"u8);
            isEscaped = true;
        }
        else
        {
            EndText();
        }

        return end + 1;
    }

    private int ReadScalar(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny(ScalarEnds);
        Keep(end < 0 ? bytes : bytes[..end]);

        if (end < 0)
        {
            return bytes.Length;
        }

        StateCount(token.AsSpan(0, tokenLength));
        reading = Reading.Structure;
        return end;
    }

    private int SkipValue(ReadOnlySpan<byte> bytes)
    {
        var next = bytes.IndexOfAny(Brackets);

        switch (next < 0 ? (byte)0 : bytes[next])
        {
            case 0:
                return bytes.Length;
            case (byte)'"':
                Begin(Reading.SkippedText);
                break;
            case (byte)'{' or (byte)'[':
                bracketsSkipped++;
                break;
            default:
                bracketsSkipped--;
                reading = bracketsSkipped == 0 ? Reading.Structure : Reading.SkippedValue;
                IsComplete = bracketsSkipped == 0 && depth == 0;
                break;
        }

        return next + 1;
    }

    private void Begin(Reading next)
    {
        reading = next;
        tokenLength = 0;
        tokenTooLong = false;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (reading is Reading.SkippedText || tokenTooLong)
        {
            return;
        }

        tokenTooLong = bytes.Length > token.Length - tokenLength;

        if (!tokenTooLong)
        {
            bytes.CopyTo(token.AsSpan(tokenLength));
            tokenLength += bytes.Length;
        }
    }

    private void EndText()
    {
        switch (reading)
        {
            case Reading.Key:
                FollowKey();
                break;
            case Reading.Text when textNext is JsonText.Model:
                Model = ModelOfToken() ?? Model;
                break;
            case Reading.Text:
                EventType = TextOfToken();
                break;
        }

        reading = bracketsSkipped > 0 ? Reading.SkippedValue : Reading.Structure;
    }

    private void FollowKey()
    {
        ReadOnlySpan<byte> key = tokenTooLong ? [] : token.AsSpan(0, tokenLength);

        if (key.Contains((byte)'\\'))
        {
            key = JsonString.Unescape(key) is { } text ? Encoding.UTF8.GetBytes(text) : [];
        }

        objectNext = UsageShape.ObjectAt(Place, key);
        countNext = UsageShape.CountAt(Place, key);
        textNext = UsageShape.TextAt(Place, key);
    }

    private void ExpectKey() =>
        (objectNext, countNext, textNext, valueIsNext) = (JsonPlace.Skipped, UsageField.None, JsonText.None, false);

    // The ledger refuses an envelope with another one, and its usage would be free.
    private string? ModelOfToken() =>
        TextOfToken() is { Length: <= EnvelopeReader.NameLengthMax } name && !name.Contains('\0') ? name : null;

    private string? TextOfToken()
    {
        ReadOnlySpan<byte> raw = token.AsSpan(0, tokenLength);

        return tokenTooLong ? null
            : raw.Contains((byte)'\\') ? JsonString.Unescape(raw)
            : lastText is not null && Ascii.Equals(raw, lastText) ? lastText
            : lastText = JsonString.Unescape(raw);
    }

    private void StateCount(ReadOnlySpan<byte> scalar)
    {
        if (countNext is UsageField.None || scalar.SequenceEqual("null"u8))
        {
            return;
        }

        if (!TokenNumber.TryParse(tokenTooLong ? [] : scalar, out var count, out var problem))
        {
            Usage.Spoil(problem);
            return;
        }

        Usage.State(countNext, count, isFinal: !IsPreliminary);
    }

    private bool IsPreliminary => places.AsSpan(0, depth).Contains(JsonPlace.PreliminaryUsage);

    private void SpoilCount()
    {
        if (valueIsNext && countNext is not UsageField.None)
        {
            Usage.Spoil(UnmeteredReason.MalformedUsage);
        }
    }
}
