using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace EventLedger.Nats;

/// <summary>What the server answered to one message: an acknowledgement, or an error.</summary>
internal readonly record struct PublishReply(PubAck Ack, int ErrorCode, int HttpCode, string? Error)
{
    public bool IsSuccess => Error is null;

    /// <summary>
    /// Reads an answer. <paramref name="lastStream"/> is the name that the previous one held, taken again where it is
    /// the same, so that reading allocates nothing.
    /// </summary>
    public static PublishReply Read(ReadOnlySpan<byte> json, string lastStream)
    {
        if (TryReadUsual(json, lastStream, out var ack))
        {
            return new PublishReply(ack, JetStreamErrors.None, HttpCode: 200, Error: null);
        }

        try
        {
            return ReadObject(json, lastStream);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return Failure(JetStreamErrors.None, httpCode: 500, $"the answer is not JetStream's: {e.Message}");
        }
    }

    public static PublishReply NoResponders() =>
        Failure(
            JetStreamErrors.None, JetStreamStatus.NoResponders, "no stream takes this subject, or it has no leader");

    // Nearly every answer is written like this, and known by its bytes; every other one is read with care.
    private static bool TryReadUsual(ReadOnlySpan<byte> json, string stream, out PubAck ack)
    {
        ack = default;

        if (stream.Length == 0
            || !TrySkip(ref json, "{\"stream\":\""u8)
            || json.Length < stream.Length
            || !Ascii.Equals(json[..stream.Length], stream))
        {
            return false;
        }

        json = json[stream.Length..];

        if (!TrySkip(ref json, "\", \"seq\":"u8)
            || !Utf8Parser.TryParse(json, out ulong sequence, out var digits)
            || sequence == 0)
        {
            return false;
        }

        json = json[digits..];
        var isDuplicate = TrySkip(ref json, ",\"duplicate\": true"u8);
        ack = new(stream, sequence, isDuplicate);
        return json.SequenceEqual("}"u8);
    }

    private static bool TrySkip(ref ReadOnlySpan<byte> json, ReadOnlySpan<byte> part)
    {
        var isThere = json.StartsWith(part);
        json = isThere ? json[part.Length..] : json;
        return isThere;
    }

    private static PublishReply ReadObject(ReadOnlySpan<byte> json, string lastStream)
    {
        var reader = new Utf8JsonReader(json);
        var stream = "";
        var sequence = 0UL;
        var isDuplicate = false;

        Require(reader.Read() && reader.TokenType == JsonTokenType.StartObject);

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                return ReadError(ref reader);
            }

            if (reader.ValueTextEquals("stream"u8))
            {
                reader.Read();
                stream = reader.ValueTextEquals(lastStream) ? lastStream : reader.GetString() ?? "";
            }
            else if (reader.ValueTextEquals("seq"u8))
            {
                reader.Read();
                sequence = reader.GetUInt64();
            }
            else if (reader.ValueTextEquals("duplicate"u8))
            {
                reader.Read();
                isDuplicate = reader.GetBoolean();
            }
            else
            {
                reader.Skip();
            }
        }

        // A duplicate without a place is one whose original may never be stored: no reason to forget this message.
        return stream.Length > 0 && sequence > 0
            ? new PublishReply(new(stream, sequence, isDuplicate), JetStreamErrors.None, HttpCode: 200, Error: null)
            : Failure(JetStreamErrors.None, httpCode: 500, "acknowledged without a stream and a place in it");
    }

    private static PublishReply ReadError(ref Utf8JsonReader reader)
    {
        var httpCode = 500;
        var errorCode = JetStreamErrors.None;
        var description = "refused without a reason";

        Require(reader.TokenType == JsonTokenType.StartObject);

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("code"u8))
            {
                reader.Read();
                httpCode = reader.GetInt32();
            }
            else if (reader.ValueTextEquals("err_code"u8))
            {
                reader.Read();
                errorCode = reader.GetInt32();
            }
            else if (reader.ValueTextEquals("description"u8))
            {
                reader.Read();
                description = reader.GetString() ?? description;
            }
            else
            {
                reader.Skip();
            }
        }

        return Failure(errorCode, httpCode, description);
    }

    private static PublishReply Failure(int errorCode, int httpCode, string error) =>
        new(default, errorCode, httpCode, error);

    private static void Require(bool isObject)
    {
        if (!isObject)
        {
            throw new JsonException("it is no object");
        }
    }
}
