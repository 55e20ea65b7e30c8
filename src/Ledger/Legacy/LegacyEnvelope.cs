using System.Buffers;
using System.Text.Json;
using EventLedger.Contracts.Envelopes;

namespace EventLedger.Ledger.Legacy;

/// <summary>
/// An old row that charged a request, as the envelope that it came from: its metadata are read by the envelope's own
/// rules, and what an envelope doesn't know of the row is kept beside them.
/// </summary>
internal static class LegacyEnvelope
{
    /// <summary>The envelope; null where the row can't have been one.</summary>
    public static UsageEnvelope? Of(LegacyRow row, long amountMicroOmr)
    {
        if (!TryParse(row.Metadata, out var metadata))
        {
            return null;
        }

        using (metadata)
        {
            // Metadata that no envelope holds are kept as text, unless they say that the key is a node's.
            return Read(row, amountMicroOmr, metadata)
                ?? (metadata is null || NamesRecord(metadata) ? null : Read(row, amountMicroOmr, metadata: null));
        }
    }

    // Null for what is no object; false for what nests deeper than we read, of which nobody knows the key.
    private static bool TryParse(string? text, out JsonDocument? metadata)
    {
        metadata = null;

        if (text?.StartsWith('{') != true)
        {
            return true;
        }

        try
        {
            metadata = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool NamesRecord(JsonDocument metadata) =>
        metadata.RootElement.TryGetProperty("node_id", out _)
        && metadata.RootElement.TryGetProperty("idempotency_key", out _);

    private static UsageEnvelope? Read(LegacyRow row, long amountMicroOmr, JsonDocument? metadata)
    {
        var bytes = new ArrayBufferWriter<byte>();

        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { SkipValidation = true }))
        {
            Write(json, row, amountMicroOmr, metadata);
        }

        return EnvelopeReader.TryRead(bytes.WrittenSpan, out var envelope, out _) ? envelope : null;
    }

    private static void Write(Utf8JsonWriter json, LegacyRow row, long amountMicroOmr, JsonDocument? metadata)
    {
        json.WriteStartObject();
        json.WriteString("customer_id", row.UserId);
        json.WriteNumber("amount_micro_omr", amountMicroOmr);
        json.WriteString(
            "reason", string.IsNullOrWhiteSpace(row.Reason) ? UsageEnvelope.ReasonFor(model: null) : row.Reason);
        json.WriteStartObject("legacy");
        json.WriteString("id", row.Id);
        WriteText(json, "order_id", row.OrderId);
        WriteText(json, "status", row.Status);
        WriteText(json, "created_at", TimeText(row));
        WriteText(json, "request_id", OtherRequestId(row, metadata));
        WriteText(json, "asset", RawOf(metadata, "asset"));
        WriteText(json, "amount", RawOf(metadata, "amount"));
        WriteText(json, "metadata", metadata is null ? row.Metadata : null);
        json.WriteEndObject();
        json.WriteStartObject("metadata");
        json.WriteString("request_id", row.ExternalRef);
        WriteMetadata(json, row, metadata);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteMetadata(Utf8JsonWriter json, LegacyRow row, JsonDocument? metadata)
    {
        var knowsItsTime = false;

        foreach (var property in metadata?.RootElement.EnumerateObject() ?? default)
        {
            // Charges in another asset than OMR; the row is worth what its own columns say.
            if (property.NameEquals("asset") || property.NameEquals("amount"))
            {
                continue;
            }

            knowsItsTime |= property.NameEquals("completed_at") && property.Value.ValueKind is JsonValueKind.String;

            if (!property.NameEquals("request_id") && property.Value.ValueKind is not JsonValueKind.Null)
            {
                property.WriteTo(json);
            }
        }

        if (!knowsItsTime)
        {
            WriteText(json, "completed_at", TimeText(row));
        }
    }

    private static string? OtherRequestId(LegacyRow row, JsonDocument? metadata) =>
        metadata is not null
        && metadata.RootElement.TryGetProperty("request_id", out var stated)
        && !(stated.ValueKind is JsonValueKind.String && stated.ValueEquals(row.ExternalRef))
            ? stated.GetRawText()
            : null;

    private static string? RawOf(JsonDocument? metadata, string name) =>
        metadata is not null && metadata.RootElement.TryGetProperty(name, out var stated) ? stated.GetRawText() : null;

    private static string? TimeText(LegacyRow row) =>
        row.CreatedAt is { } created ? EnvelopeWriter.TimeText(created) : null;

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }
}
