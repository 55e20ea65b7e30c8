using System.Diagnostics.Metrics;
using EventLedger.Embedded.Running;
using EventLedger.EventStore;
using EventLedger.EventStore.Reading;
using EventLedger.Ledger.Monitoring;
using Npgsql;

namespace EventLedger.Ledger.Booking;

/// <summary>Lanes for a verb of the command line, which books without the service.</summary>
internal sealed class BookingWithoutService : IAsyncDisposable
{
    private readonly ILoggerFactory logging = StderrLogging.Create();
    private readonly PostgresEventStore store;
    private readonly HeadNotifier notifier;
    private readonly Meter meter;

    private BookingWithoutService(NpgsqlDataSource database, int lanes)
    {
        // Of a scope of its own: a service in the same process would show it as its own else.
        meter = new(LedgerMeter.Name, version: null, tags: null, scope: this);
        store = new PostgresEventStore(database);
        notifier = new HeadNotifier(database, TimeProvider.System, logging.CreateLogger<HeadNotifier>());
        Lanes = new BookingLanes(
            new Bookkeeper(store, notifier), new LedgerMeter(meter), new LaneOptions(lanes), TimeProvider.System,
            logging.CreateLogger<BookingLanes>());
    }

    /// <summary>Takes submissions.</summary>
    public BookingLanes Lanes { get; }

    /// <summary>Starts as many lanes.</summary>
    public static async Task<BookingWithoutService> StartAsync(
        NpgsqlDataSource database, int lanes, CancellationToken cancellation)
    {
        var booking = new BookingWithoutService(database, lanes);
        await booking.Lanes.StartAsync(cancellation);
        return booking;
    }

    /// <summary>Books what is queued, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        await Lanes.StopAsync(CancellationToken.None);
        Lanes.Dispose();
        await notifier.DisposeAsync();
        await store.DisposeAsync();
        meter.Dispose();
        logging.Dispose();
    }
}
