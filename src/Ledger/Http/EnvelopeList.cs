using System.Text.Json;
using EventLedger.Contracts.Envelopes;

namespace EventLedger.Ledger.Http;

/// <summary>Takes a body of many envelopes apart: a JSON array, or one envelope a line.</summary>
internal static class EnvelopeList
{
    /// <summary>The most envelopes of one request.</summary>
    public const int CountMax = 1000;

    /// <summary>The most bytes of one request.</summary>
    public const int BytesMax = 8 * 1024 * 1024;

    // An envelope that is nested too deep is refused alone, so the list itself may be as deep as it is long.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = BytesMax };

    /// <summary>Where each element of the array lies; one more than <see cref="CountMax"/> at most.</summary>
    /// <exception cref="JsonException">The body is no JSON array.</exception>
    public static List<Range> SplitArray(ReadOnlySpan<byte> body)
    {
        var places = new List<Range>();
        var json = new Utf8JsonReader(body, Options);

        if (!json.Read() || json.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("The body is no array.");
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray && places.Count <= CountMax)
        {
            var start = checked((int)json.TokenStartIndex);
            json.Skip();
            places.Add(start..checked((int)json.BytesConsumed));
        }

        if (places.Count <= CountMax)
        {
            // Whatever follows the array makes it none.
            json.Read();
        }

        return places;
    }

    /// <summary>Where each line lies that isn't blank; one more than <see cref="CountMax"/> at most.</summary>
    public static List<Range> SplitLines(ReadOnlySpan<byte> body)
    {
        var places = new List<Range>();

        foreach (var line in body.Split((byte)'\n'))
        {
            if (places.Count > CountMax)
            {
                break;
            }

            if (!body[line].Trim(" \t\r"u8).IsEmpty)
            {
                places.Add(line);
            }
        }

        return places;
    }

    /// <summary>The envelope at a place, or what is wrong with it.</summary>
    public static (UsageEnvelope? Envelope, EnvelopeProblem Problem) Read(ReadOnlySpan<byte> body, Range place) =>
        EnvelopeReader.TryRead(body[place], out var envelope, out var problem) ? (envelope, default) : (null, problem);
}
