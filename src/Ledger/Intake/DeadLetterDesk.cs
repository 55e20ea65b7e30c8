using System.Threading.RateLimiting;
using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Booking;
using Npgsql;

namespace EventLedger.Ledger.Intake;

/// <summary>Books or discards dead letters, each once, whoever asks for it at the same time.</summary>
/// <param name="database">The ledger's database.</param>
/// <param name="lanes">The ordinary way of booking.</param>
internal sealed class DeadLetterDesk(NpgsqlDataSource database, BookingLanes lanes) : IDisposable
{
    /// <summary>Those that are settled at the same time; each holds a connection while it is booked.</summary>
    public const int AtOnceMax = 4;

    /// <summary>Those that wait for that; more are turned away.</summary>
    public const int WaitingMax = 64;

    // Held while one is being settled. Who may only add settlements can't lock its row. Text before the number keeps it
    // apart from what others lock.
    private const string LockSql = "select pg_advisory_xact_lock(hashtextextended('dead letter ' || $1, 0))";

    private readonly ConcurrencyLimiter turns = new(new() { PermitLimit = AtOnceMax, QueueLimit = WaitingMax });

    /// <summary>Books a dead letter as if it came from the broker just now.</summary>
    public Task<DeadLetterAnswer> RetryAsync(long id, string by, CancellationToken cancellation) => SettleAsync(
        id,
        async (letter, connection) => letter.Status switch
        {
            DeadLetter.Booked => new DeadLetterAnswer.Settled(letter),
            DeadLetter.Discarded => new DeadLetterAnswer.Conflicting(letter),
            _ => await BookAsync(letter, by, connection, cancellation),
        },
        cancellation);

    /// <summary>Gives a dead letter up for good, for a reason that is kept.</summary>
    public Task<DeadLetterAnswer> DiscardAsync(long id, string by, string note, CancellationToken cancellation) =>
        SettleAsync(
            id,
            async (letter, connection) =>
            {
                await DeadLetterTable.DiscardAsync(id, by, note, connection, cancellation);
                var settled = await DeadLetterTable.FindAsync(id, connection, cancellation);

                return settled!.Note == note
                    ? new DeadLetterAnswer.Settled(settled)
                    : new DeadLetterAnswer.Conflicting(letter);
            },
            cancellation);

    /// <summary>The dead letter of that number; null if there is none.</summary>
    public async Task<DeadLetter?> FindAsync(long id, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await DeadLetterTable.FindAsync(id, connection, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => turns.Dispose();

    private async Task<DeadLetterAnswer> SettleAsync(
        long id, Func<DeadLetter, NpgsqlConnection, Task<DeadLetterAnswer>> settle, CancellationToken cancellation)
    {
        using var turn = await turns.AcquireAsync(cancellationToken: cancellation);

        if (!turn.IsAcquired)
        {
            return new DeadLetterAnswer.Busy();
        }

        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var hold = new NpgsqlCommand(LockSql, connection) { Parameters = { new() { Value = id } } };
        await hold.ExecuteNonQueryAsync(cancellation);

        if (await DeadLetterTable.FindAsync(id, connection, cancellation) is not { } letter)
        {
            return new DeadLetterAnswer.Unknown();
        }

        var answer = await settle(letter, connection);
        await transaction.CommitAsync(cancellation);
        return answer;
    }

    private async Task<DeadLetterAnswer> BookAsync(
        DeadLetter letter, string by, NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (!EnvelopeReader.TryRead(letter.Origin.Body.Span, out var envelope, out var problem))
        {
            return new DeadLetterAnswer.Refused(problem.ToString());
        }

        var retry = new RetrySubmission(letter, envelope, by) { Span = BookingTrace.Begin() };
        await lanes.SubmitAsync(retry, cancellation);

        return await retry.Outcome switch
        {
            BookingOutcome.Booked or BookingOutcome.Repeated => new DeadLetterAnswer.Settled(
                (await DeadLetterTable.FindAsync(letter.Id, connection, cancellation))!),
            BookingOutcome.UnknownCustomer => new DeadLetterAnswer.Refused(
                $"customer {envelope.CustomerId} is not known, and no tenant is named to open an account under"),
            BookingOutcome.DeadLettered => new DeadLetterAnswer.Refused(retry.DeadLetterReason!),
            _ => new DeadLetterAnswer.Unavailable(),
        };
    }
}
