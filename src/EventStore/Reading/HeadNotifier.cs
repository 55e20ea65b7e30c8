using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventLedger.EventStore.Reading;

/// <summary>
/// Tells tails in all processes that the head has moved: at once, and then at most once an interval, however many
/// commits there are. A notification that is lost costs a tail its poll interval, nothing else: decision 0007.
/// </summary>
public sealed partial class HeadNotifier : IAsyncDisposable
{
    /// <summary>The channel of <c>LISTEN</c>.</summary>
    public const string Channel = "ledger_head";

    /// <summary>The shortest time between two notifications of one process.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    // A notification alone is nothing that a crash may not lose, so its commit needn't wait for the disk.
    private const string NotifySql =
        $"select set_config('synchronous_commit', 'off', true), pg_notify('{Channel}', '')";

    private readonly Channel<bool> moves = System.Threading.Channels.Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly NpgsqlDataSource database;
    private readonly TimeProvider time;
    private readonly ILogger<HeadNotifier> logger;
    private readonly Task running;

    /// <summary>Begins to notify through <paramref name="database"/>, until it is disposed.</summary>
    public HeadNotifier(NpgsqlDataSource database, TimeProvider time, ILogger<HeadNotifier> logger)
    {
        this.database = database;
        this.time = time;
        this.logger = logger;
        running = RunAsync();
    }

    /// <summary>Says that something was committed; returns at once.</summary>
    public void Announce() => moves.Writer.TryWrite(true);

    /// <summary>Ends after what was announced before.</summary>
    public async ValueTask DisposeAsync()
    {
        moves.Writer.TryComplete();
        await running;
    }

    private async Task RunAsync()
    {
        await foreach (var _ in moves.Reader.ReadAllAsync())
        {
            try
            {
                await using var notify = database.CreateCommand(NotifySql);
                await notify.ExecuteNonQueryAsync();
            }
            catch (Exception failure)
            {
                // Whatever it is: nobody would notice that this loop has ended.
                LogUnsaid(failure);
            }

            await Task.Delay(Interval, time);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Tails could not be told of new events; they will find them by polling.")]
    private partial void LogUnsaid(Exception failure);
}
