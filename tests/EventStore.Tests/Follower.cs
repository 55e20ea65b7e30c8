using EventLedger.EventStore.Reading;
using EventLedger.EventStore.Schema;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace EventLedger.EventStore.Tests;

/// <summary>A reader that tails a store in the background and keeps the positions it sees.</summary>
internal sealed class Follower : IAsyncDisposable
{
    private readonly CancellationTokenSource leaving = new();
    private readonly List<long> positions = [];
    private readonly NpgsqlDataSource database;

    public Follower(TestStore store, TailOptions options, long after = 0)
    {
        database = DatabaseUrl.Open(store.Url, "tail");
        var tail = new EventTail(database, options, TimeProvider.System, NullLogger<EventTail>.Instance);
        Ended = Task.Run(() => FollowAsync(tail, after));
    }

    /// <summary>Ends when it is left, or with what ended the tail.</summary>
    public Task Ended { get; }

    public IReadOnlyList<long> Positions
    {
        get
        {
            lock (positions)
            {
                return [.. positions];
            }
        }
    }

    /// <summary>Waits until it has seen that position.</summary>
    public Task ReachesAsync(long position) => Eventually.HoldsAsync(
        () => Ended.IsFaulted || Positions is [.., var last] && last >= position);

    public async ValueTask DisposeAsync()
    {
        await leaving.CancelAsync();
        await Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        leaving.Dispose();
        await database.DisposeAsync();
    }

    private async Task FollowAsync(EventTail tail, long after)
    {
        await foreach (var @event in tail.FollowAsync(after, leaving.Token))
        {
            lock (positions)
            {
                positions.Add(@event.Position);
            }
        }
    }
}
