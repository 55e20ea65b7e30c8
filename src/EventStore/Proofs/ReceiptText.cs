using System.Text;
using System.Text.Json;
using EventLedger.EventStore.Blocks;

namespace EventLedger.EventStore.Proofs;

/// <summary>A receipt as it is written to a file.</summary>
public static class ReceiptText
{
    private const int Version = 1;

    /// <summary>The receipt as one line.</summary>
    public static string Write(Receipt receipt) => ProofText.Write(json =>
    {
        json.WriteNumber("receipt", Version);
        json.WriteHex("previous_hash", receipt.PreviousHash);
        WriteEvent(json, receipt.Event);
        WriteBlock(json, "block", receipt.Block);
        json.WriteStartArray("path");

        foreach (var sibling in receipt.Path)
        {
            json.WriteStringValue(Convert.ToHexStringLower(sibling));
        }

        json.WriteEndArray();
        json.WriteStartArray("later");

        foreach (var block in receipt.Later)
        {
            WriteBlock(json, null, block);
        }

        json.WriteEndArray();
    });

    /// <summary>Reads what <see cref="Write"/> wrote; whether it proves anything is another question.</summary>
    /// <exception cref="ProofException">It isn't a receipt, or not in that very form.</exception>
    public static Receipt Read(string text) => ProofText.Read(
        text,
        "a receipt",
        json => new Receipt(
            ReadEvent(json.GetProperty("event")),
            [.. json.GetProperty("path").EnumerateArray().Select(hash => hash.AsHash())],
            ReadBlock(json.GetProperty("block")),
            json.Hash("previous_hash"),
            [.. json.GetProperty("later").EnumerateArray().Select(ReadBlock)]),
        Write);

    /// <summary>Writes an event under the name <c>event</c>.</summary>
    internal static void WriteEvent(Utf8JsonWriter json, ProvenEvent @event)
    {
        json.WriteStartObject("event");
        json.WriteNumber("position", @event.Position);
        json.WriteString("stream", @event.StreamId);
        json.WriteNumber("version", @event.Version);
        json.WriteString("id", @event.Id);
        json.WriteString("type", @event.Type);
        json.WritePropertyName("data");
        json.WriteRawValue(@event.Data, skipInputValidation: true);
        json.WriteEndObject();
    }

    private static ProvenEvent ReadEvent(JsonElement json) => new(
        json.Count("position"), json.Text("stream"), json.Int64("version"), json.GetProperty("id").GetGuid(),
        json.Text("type"), CanonicalJson.Of(Encoding.UTF8.GetBytes(json.GetProperty("data").GetRawText())));

    /// <summary>Writes a block, as an element where it has no name.</summary>
    internal static void WriteBlock(Utf8JsonWriter json, string? name, Block block)
    {
        if (name is not null)
        {
            json.WritePropertyName(name);
        }

        json.WriteStartObject();
        json.WriteNumber("number", block.Number);
        json.WriteNumber("first_position", block.FirstPosition);
        json.WriteNumber("positions", block.Positions);
        json.WriteNumber("time_us", block.TimeUs);

        if (block.Root is not null)
        {
            json.WriteHex("root", block.Root);
        }

        json.WriteHex("hash", block.Hash);
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="WriteBlock"/> wrote.</summary>
    internal static Block ReadBlock(JsonElement json) => new(
        json.Count("number"), json.Count("first_position"), json.Count("positions"), json.Int64("time_us"),
        json.TryGetProperty("root", out _) ? json.Hash("root") : null, json.Hash("hash"));
}
