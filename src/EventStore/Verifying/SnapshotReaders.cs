using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Npgsql;

namespace EventLedger.EventStore.Verifying;

/// <summary>Connections to one <see cref="LedgerSnapshot"/>, each used by one piece of work at a time.</summary>
internal sealed class SnapshotReaders : IAsyncDisposable
{
    /// <summary>
    /// Pieces begun for each connection: as much again waits as is worked on, so that nobody is idle when the first
    /// of them takes longest.
    /// </summary>
    public const int PendingMaxPerReader = 2;

    private readonly Channel<NpgsqlConnection> free = Channel.CreateUnbounded<NpgsqlConnection>();
    private readonly List<NpgsqlConnection> all = [];

    /// <summary>Opens <paramref name="count"/> connections.</summary>
    public static async Task<SnapshotReaders> OpenAsync(
        LedgerSnapshot snapshot, int count, CancellationToken cancellation)
    {
        var readers = new SnapshotReaders();

        try
        {
            for (var i = 0; i < count; i++)
            {
                readers.all.Add(await snapshot.OpenConnectionAsync(cancellation));
                readers.free.Writer.TryWrite(readers.all[^1]);
            }

            return readers;
        }
        catch
        {
            await readers.DisposeAsync();
            throw;
        }
    }

    /// <summary>Does a piece of work as soon as a connection is free.</summary>
    public Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellation) =>
        Task.Run(
            async () =>
            {
                var connection = await free.Reader.ReadAsync(cancellation);

                try
                {
                    return await work(connection);
                }
                finally
                {
                    free.Writer.TryWrite(connection);
                }
            },
            cancellation);

    /// <summary>Does one piece of work for each item, and gives the results in the order of the items.</summary>
    public async IAsyncEnumerable<TResult> RunInOrderAsync<T, TResult>(
        IAsyncEnumerable<T> items, Func<NpgsqlConnection, T, Task<TResult>> work,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var pending = new Queue<Task<TResult>>();

        try
        {
            await foreach (var item in items.WithCancellation(cancellation))
            {
                pending.Enqueue(RunAsync(connection => work(connection, item), cancellation));

                if (pending.Count == PendingMaxPerReader * all.Count)
                {
                    yield return await pending.Dequeue();
                }
            }

            while (pending.Count > 0)
            {
                yield return await pending.Dequeue();
            }
        }
        finally
        {
            // Whoever stops early goes on to use the connections for something else.
            await Task.WhenAll(pending.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var connection in all)
        {
            await connection.DisposeAsync();
        }
    }
}
