using Npgsql;

namespace EventLedger.EventStore.Reading;

/// <summary>
/// Waits for <see cref="HeadNotifier"/> on a connection of its own, which it makes anew after a failure.
/// </summary>
internal sealed class HeadListener(NpgsqlDataSource database) : IAsyncDisposable
{
    private NpgsqlConnection? connection;

    /// <summary>
    /// Returns when the head is to be looked at: at the next notification or after that time; but at once where it
    /// only begins to listen, since what was committed before goes unheard.
    /// </summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        if (connection is { FullState: System.Data.ConnectionState.Open })
        {
            await connection.WaitAsync(atMost, cancellation);
            return;
        }

        await DisposeAsync();
        connection = await database.OpenConnectionAsync(cancellation);
        await using var listen = new NpgsqlCommand($"listen {HeadNotifier.Channel}", connection);
        await listen.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Gives the connection back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (connection is not null)
        {
            await connection.DisposeAsync();
            connection = null;
        }
    }
}
