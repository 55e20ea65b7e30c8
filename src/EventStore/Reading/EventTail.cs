using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventLedger.EventStore.Reading;

/// <summary>
/// Follows the ledger: every event from a position on, once, in order, first those that are there and then each as it
/// is committed. It goes on by itself after a lost notification, a cut connection, or a restart of the database.
/// </summary>
/// <param name="database">The ledger's database.</param>
/// <param name="options">How it waits.</param>
/// <param name="time">Measures its pauses.</param>
/// <param name="logger">Hears of failures.</param>
public sealed partial class EventTail(
    NpgsqlDataSource database, TailOptions options, TimeProvider time, ILogger<EventTail> logger)
{
    private readonly EventReader reader = new(database);

    /// <summary>The events after <paramref name="position"/>, without end until it is cancelled.</summary>
    /// <exception cref="InvalidDataException">
    /// The ledger's head is before the position reached: it isn't the ledger that the position is from.
    /// </exception>
    public async IAsyncEnumerable<StoredEvent> FollowAsync(
        long position, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var listener = new HeadListener(database);
        var pause = new GrowingPause(options.PauseMin, options.PauseMax, time);

        while (true)
        {
            var head = await WaitForHeadAsync(position, listener, pause, cancellation);
            await using var events =
                reader.ReadAsync(position + 1, head, cancellation).GetAsyncEnumerator(CancellationToken.None);
            Step step;

            while ((step = await MoveAsync(events, pause, cancellation)) == Step.Moved)
            {
                position = events.Current.Position;
                yield return events.Current;
            }

            // After a failure, it goes on behind the last event that was handed out.
            if (step == Step.Ended)
            {
                // Not that of the last event: positions behind it may be void.
                position = head;
                pause.Reset();
            }
        }
    }

    private async Task<long> WaitForHeadAsync(
        long position, HeadListener listener, GrowingPause pause, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                // Also where the head has just moved: notifications set the pace, not the speed of looking.
                await listener.WaitAsync(options.PollInterval, cancellation);
                var head = await reader.ReadHeadAsync(cancellation);

                if (head != position)
                {
                    return head > position ? head : throw new InvalidDataException(
                        $"The ledger is at position {head}, before {position}, which was reached: it is another one.");
                }

                pause.Reset();
            }
            catch (NpgsqlException failure) when (IsPassing(failure))
            {
                await RestAsync(failure, pause, cancellation);
            }
        }
    }

    private async ValueTask<Step> MoveAsync(
        IAsyncEnumerator<StoredEvent> events, GrowingPause pause, CancellationToken cancellation)
    {
        try
        {
            return await events.MoveNextAsync() ? Step.Moved : Step.Ended;
        }
        catch (NpgsqlException failure) when (IsPassing(failure))
        {
            await RestAsync(failure, pause, cancellation);
            return Step.Failed;
        }
    }

    private Task RestAsync(NpgsqlException failure, GrowingPause pause, CancellationToken cancellation)
    {
        LogInterrupted(failure);
        return pause.WaitAsync(cancellation);
    }

    // All but what the database says about the statement itself. SQLSTATE classes 08 connection, 40 rolled back,
    // 53 resources, 57 operator.
    private static bool IsPassing(NpgsqlException failure) =>
        failure is not PostgresException { SqlState: not (['0', '8', ..] or ['4', '0', ..] or ['5', '3' or '7', ..]) };

    private enum Step
    {
        Moved,
        Ended,
        Failed,
    }

    [LoggerMessage(LogLevel.Warning, "Following the ledger was interrupted and goes on after a pause.")]
    private partial void LogInterrupted(Exception failure);
}
