using System.Buffers;
using System.Text.Json;
using EventLedger.Contracts.Times;
using EventLedger.EventStore.Reading;

namespace EventLedger.Ledger.Auditing;

/// <summary>Events as lines of JSON, written in chunks, so that memory doesn't grow with their number.</summary>
/// <param name="output">Where the lines go.</param>
/// <param name="blocks">Finds each event's block.</param>
internal sealed class EventLines(Stream output, BlockFinder blocks) : IDisposable
{
    /// <summary>Bytes of a chunk, but for its last line.</summary>
    public const int ChunkBytes = 64 * 1024;

    /// <summary>The media type.</summary>
    public const string MediaType = "application/x-ndjson";

    private readonly ArrayBufferWriter<byte> chunk = new(ChunkBytes);
    private readonly Utf8JsonWriter json = new(Stream.Null, new JsonWriterOptions { SkipValidation = true });

    /// <summary>Writes each event as it comes.</summary>
    public async Task WriteAsync(IAsyncEnumerable<StoredEvent> events, CancellationToken cancellation)
    {
        await foreach (var @event in events.WithCancellation(cancellation))
        {
            Add(@event, await blocks.FindAsync(@event.Position, cancellation));

            if (chunk.WrittenCount >= ChunkBytes)
            {
                await SendAsync(cancellation);
            }
        }

        await SendAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => json.Dispose();

    private void Add(in StoredEvent @event, long? block)
    {
        json.Reset(chunk);
        json.WriteStartObject();
        json.WriteNumber("position", @event.Position);
        json.WriteString("id", @event.Id);
        json.WriteString("stream", @event.StreamId);
        json.WriteNumber("version", @event.Version);
        json.WriteString("type", @event.Type);
        json.WriteString("time", UtcTime.Write(@event.Time));

        if (block is { } number)
        {
            json.WriteNumber("block", number);
        }
        else
        {
            json.WriteNull("block");
        }

        json.WritePropertyName("data");
        json.WriteRawValue(@event.Data.Span, skipInputValidation: true);
        json.WriteEndObject();
        json.Flush();
        chunk.Write("\n"u8);
    }

    private async Task SendAsync(CancellationToken cancellation)
    {
        await output.WriteAsync(chunk.WrittenMemory, cancellation);
        chunk.ResetWrittenCount();
    }
}
