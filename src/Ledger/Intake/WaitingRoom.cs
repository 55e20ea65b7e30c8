using EventLedger.Ledger.Booking;
using Npgsql;

namespace EventLedger.Ledger.Intake;

/// <summary>Books what waited for its customer once the account is open, and gives up after a day.</summary>
internal sealed partial class WaitingRoom(
    NpgsqlDataSource database, BookingLanes lanes, SchemaSetup schema, TimeProvider time,
    ILogger<WaitingRoom> logger) : BackgroundService
{
    private const int TakenMax = 1000;
    private static readonly TimeSpan WaitMax = TimeSpan.FromHours(24);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Applied.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, time);

        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await SubmitDueAsync(stoppingToken) == TakenMax)
                {
                    // There may be more.
                }
            }
            catch (NpgsqlException failure)
            {
                LogUnreachable(failure);
            }
        }
    }

    private async Task<int> SubmitDueAsync(CancellationToken cancellation)
    {
        var taken = await WaitingTable.TakeAsync(database, TakenMax, cancellation);

        foreach (var due in taken)
        {
            var hasExpired = time.GetUtcNow() - due.ReceivedAt >= WaitMax;

            if (due.CustomerIsKnown || hasExpired)
            {
                var reason = due.CustomerIsKnown
                    ? null
                    : $"no account was opened for its customer in {WaitMax.TotalHours} h";
                await lanes.SubmitAsync(new WaitingSubmission(due.Origin, reason), cancellation);
            }
        }

        return taken.Count;
    }

    [LoggerMessage(LogLevel.Warning, "Waiting envelopes could not be read; they are looked at again in a second.")]
    private partial void LogUnreachable(Exception failure);
}
