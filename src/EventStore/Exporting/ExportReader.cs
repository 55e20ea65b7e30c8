using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Proofs;
using EventLedger.EventStore.Verifying;

namespace EventLedger.EventStore.Exporting;

/// <summary>
/// Reads the lines of an export. What was read is written again and must be the same bytes, so that nothing in a line
/// can change without meaning a change. Not for two threads at once.
/// </summary>
internal sealed class ExportReader : IDisposable
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = CanonicalJsonWriter.DepthMax };

    private readonly ExportWriter again = new();

    /// <summary>Reads a line without its end.</summary>
    /// <exception cref="ProofException">It isn't one in the form that <see cref="ExportWriter"/> writes.</exception>
    public ExportLine Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, Options);
            var read = Read(document.RootElement);

            return again.Write(read).SequenceEqual(line.Span)
                ? read
                : throw new ProofException("it isn't in the form that 'ledger export' writes");
        }
        catch (Exception wrong) when (wrong is JsonException or FormatException or KeyNotFoundException
            or InvalidOperationException or ArgumentException or OverflowException)
        {
            throw new ProofException($"it is no line of an export: {wrong.Message}", wrong);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => again.Dispose();

    private static ExportLine Read(JsonElement json) =>
        json.TryGetProperty("event", out var @event)
            ? new ExportLine.OfEvent(ReadEvent(@event), ReadDigest(json.Text("digest")))
        : json.TryGetProperty("export", out var version) ? new ExportLine.Header(ReadHead(json, version.GetInt64()))
        : new ExportLine.OfBlock(ReceiptText.ReadBlock(json.GetProperty("block")));

    // The data is taken as it stands: where it isn't canonical, it isn't what is written again.
    private static ProvenEvent ReadEvent(JsonElement json) => new(
        json.Count("position"), json.Text("stream"), json.Int64("version"), json.GetProperty("id").GetGuid(),
        json.Text("type"), JsonMarshal.GetRawUtf8Value(json.GetProperty("data")).ToArray());

    private static Head ReadHead(JsonElement json, long version) => version == ExportWriter.Version
        ? new Head(json.Int64("block"), json.Int64("position"), json.Int64("time_us"), json.Hash("hash"))
        : throw new FormatException($"its format has version {version}; this ledger reads {ExportWriter.Version}.");

    private static long ReadDigest(string digits) =>
        long.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
