using EventLedger.EventStore.Reading;
using EventLedger.Ledger.Auditing;
using EventLedger.Projections.Entries;
using Npgsql;

namespace EventLedger.Ledger.Http;

/// <summary>Events as the body of an answer. What fails within it cuts the connection: there is no clean end.</summary>
/// <param name="reader">Reads the events.</param>
/// <param name="entries">Says where on a stream a position is.</param>
/// <param name="database">The ledger's database.</param>
/// <param name="first">The first position.</param>
/// <param name="last">The last position.</param>
/// <param name="customerId">Whose events; null for everybody's.</param>
/// <param name="logger">Hears of failures.</param>
internal sealed partial class EventsResult(
    EventReader reader, EntryQueries entries, NpgsqlDataSource database, long first, long last, string? customerId,
    ILogger<EventsResult> logger) : IResult
{
    // A customer's events lie in blocks far from each other.
    private const int BlocksAtOnce = 8192;
    private const int BlocksAtOnceOfOne = 16;

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var blocks = new BlockFinder(database, customerId is null ? BlocksAtOnce : BlocksAtOnceOfOne);
        httpContext.Response.ContentType = EventLines.MediaType;
        using var lines = new EventLines(httpContext.Response.Body, blocks);

        try
        {
            var events = await FindAsync(httpContext.RequestAborted);
            await lines.WriteAsync(events, httpContext.RequestAborted);
        }
        catch (OperationCanceledException) when (httpContext.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone.
        }
        catch (Exception failure) when (httpContext.Response.HasStarted)
        {
            LogBroken(failure, first, last);
            httpContext.Abort();
        }
    }

    private async Task<IAsyncEnumerable<StoredEvent>> FindAsync(CancellationToken cancellation)
    {
        if (customerId is null)
        {
            return reader.ReadAsync(first, last, cancellation);
        }

        var before = await entries.FindVersionAsync(customerId, first - 1, cancellation);
        return reader.ReadStreamAsync(customerId, before + 1, cancellation)
            .TakeWhile(@event => @event.Position <= last);
    }

    [LoggerMessage(LogLevel.Error, "Sending events {First} to {Last} broke off; the caller's connection was cut.")]
    private partial void LogBroken(Exception failure, long first, long last);
}
