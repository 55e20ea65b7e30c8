using System.Buffers;
using System.Globalization;
using System.Text.Json;
using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Proofs;

namespace EventLedger.EventStore.Exporting;

/// <summary>
/// Writes the lines of an export in the form of <see cref="CanonicalJson"/>, so that the same ledger gives the same
/// bytes. Blocks and events look as they do in receipts. Not for two threads at once.
/// </summary>
internal sealed class ExportWriter : IDisposable
{
    /// <summary>The version of the format.</summary>
    public const int Version = 1;

    private readonly CanonicalJsonWriter canonical = new();
    private readonly ArrayBufferWriter<byte> loose = new();
    private readonly Utf8JsonWriter json;

    /// <summary>Makes one with buffers that grow to the longest line.</summary>
    public ExportWriter() => json = new Utf8JsonWriter(loose, new JsonWriterOptions { SkipValidation = true });

    /// <summary>The line without its end, good until the next call.</summary>
    public ReadOnlySpan<byte> Write(ExportLine line)
    {
        loose.ResetWrittenCount();
        json.Reset();
        json.WriteStartObject();

        switch (line)
        {
            case ExportLine.Header(var head):
                json.WriteNumber("export", Version);
                json.WriteNumber("block", head.Block);
                json.WriteNumber("position", head.Position);
                json.WriteNumber("time_us", head.TimeUs);
                json.WriteHex("hash", head.Hash);
                break;

            case ExportLine.OfBlock(var block):
                ReceiptText.WriteBlock(json, "block", block);
                break;

            case ExportLine.OfEvent(var @event, var digest):
                json.WriteString("digest", digest.ToString("x16", CultureInfo.InvariantCulture));
                ReceiptText.WriteEvent(json, @event);
                break;
        }

        json.WriteEndObject();
        json.Flush();
        return canonical.Write(loose.WrittenSpan);
    }

    /// <inheritdoc/>
    public void Dispose() => json.Dispose();
}
