using System.Text;
using System.Text.Json;
using EventLedger.EventStore.Blocks;

namespace EventLedger.EventStore.Proofs;

/// <summary>
/// The text of receipts and anchors: one line of <see cref="CanonicalJson"/>, hashes in lower-case hexadecimal. What
/// was read is written again and must be the same text, so that nothing in it can change without meaning a change.
/// </summary>
internal static class ProofText
{
    private const long CountMax = long.MaxValue / 4;

    private static readonly JsonDocumentOptions Options = new()
    {
        MaxDepth = CanonicalJsonWriter.DepthMax,
        AllowDuplicateProperties = false,
    };

    /// <summary>Writes what <paramref name="write"/> writes, in the canonical form.</summary>
    public static string Write(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();

        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(CanonicalJson.Of(stream.ToArray()));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="text">The text, perhaps with the end of its line.</param>
    /// <param name="name">What it is to be, for the message.</param>
    /// <param name="read">Makes the value.</param>
    /// <param name="write">Writes the value.</param>
    /// <exception cref="ProofException">It is something else, or was changed.</exception>
    public static T Read<T>(string text, string name, Func<JsonElement, T> read, Func<T, string> write)
    {
        var line = text.EndsWith('\n') ? text[..^1] : text;

        try
        {
            using var document = JsonDocument.Parse(line, Options);
            var value = read(document.RootElement);

            return write(value) == line
                ? value
                : throw new ProofException($"It isn't {name} in the form that the ledger writes.");
        }
        catch (Exception wrong) when (wrong is JsonException or FormatException or KeyNotFoundException
            or InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new ProofException($"It isn't {name}: {wrong.Message}", wrong);
        }
    }

    extension(JsonElement json)
    {
        /// <summary>A whole number.</summary>
        public long Int64(string name) => json.GetProperty(name).GetInt64();

        /// <summary>A text.</summary>
        public string Text(string name) =>
            json.GetProperty(name).GetString() ?? throw new FormatException($"'{name}' is null.");

        /// <summary>A whole number above zero, so small that another one can be added to it.</summary>
        public long Count(string name) => json.Int64(name) is >= 1 and <= CountMax and var count
            ? count
            : throw new FormatException($"'{name}' isn't from 1 to {CountMax}.");

        /// <summary>A hash in hexadecimal.</summary>
        public byte[] Hash(string name) => json.GetProperty(name).AsHash();

        /// <summary>The hash that this text is in hexadecimal.</summary>
        public byte[] AsHash() => Convert.FromHexString(json.GetString() ?? "") is { Length: LeafHash.Size } hash
            ? hash
            : throw new FormatException($"A hash has {LeafHash.Size} bytes.");
    }

    extension(Utf8JsonWriter json)
    {
        /// <summary>Writes bytes in hexadecimal.</summary>
        public void WriteHex(string name, byte[] bytes) => json.WriteString(name, Convert.ToHexStringLower(bytes));
    }
}
