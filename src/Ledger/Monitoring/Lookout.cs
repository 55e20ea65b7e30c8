using EventLedger.Contracts;
using EventLedger.Ledger.Intake;
using EventLedger.Ledger.Sources;
using EventLedger.Ledger.Verifying;
using EventLedger.Projections.Rolling;
using Npgsql;

namespace EventLedger.Ledger.Monitoring;

/// <summary>What the ledger needs, as it was found.</summary>
/// <param name="Database">Whether the database answers, with this version's schema.</param>
/// <param name="Broker">Whether the broker answers, and has the stream and the consumer.</param>
internal sealed record Surroundings(bool Database, bool Broker)
{
    /// <summary>Whether all of it is there.</summary>
    public bool AreComplete => Database && Broker;
}

/// <summary>How much there is in the database.</summary>
/// <param name="Position">The highest position.</param>
/// <param name="Waiting">Envelopes whose customer nobody knows yet.</param>
/// <param name="DeadLetters">Envelopes that are kept with a reason, and open.</param>
/// <param name="Bytes">What the database takes on its disk.</param>
/// <param name="Lags">How many positions each roll-up is behind the highest one, by its name.</param>
/// <param name="Verified">What came of the last check of the whole ledger; null where there was none.</param>
internal sealed record Depths(
    long Position, long Waiting, long DeadLetters, long Bytes, IReadOnlyList<(string Rollup, long Positions)> Lags,
    Verification? Verified);

/// <summary>What producers have counted.</summary>
/// <param name="Missing">Envelopes that didn't come.</param>
/// <param name="Sparse">Epochs of which nobody can tell.</param>
internal sealed record Counted(long Missing, long Sparse);

/// <summary>How many hours of each producer have figures that don't agree.</summary>
/// <param name="Source">The producer.</param>
/// <param name="Hours">How many.</param>
internal sealed record DifferingHours(string Source, long Hours);

/// <summary>Looks at what the ledger needs and holds.</summary>
internal sealed partial class Lookout(
    NpgsqlDataSource database, SchemaSetup schema, UsageIntake intake, MissingEnvelopes missing,
    IEnumerable<Rollup> rollups, TimeProvider time, ILogger<Lookout> logger)
{
    private const string ReachSql = "select position from head";

    private const string DepthsSql = """
        select position, (select count(*) from waiting),
            (select count(*) from dead_letters) - (select count(distinct dead_letter) from dead_letter_settlements),
            (select array_agg(name order by name) from mt_event_progression where name = any($1)),
            (select array_agg(position - last_seq_id order by name) from mt_event_progression where name = any($1)),
            pg_database_size(current_database())
        from head
        """;

    private static readonly TimeSpan ReachLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DepthsLimit = TimeSpan.FromSeconds(4);

    /// <summary>Asks both. A database that doesn't answer within two seconds doesn't answer.</summary>
    public async Task<Surroundings> LookAsync(CancellationToken cancellation)
    {
        // No more than this is asked: how much there is to count says nothing of whether it can be reached.
        var position = schema.Applied.IsCompletedSuccessfully
            ? await TryAsync(ReachAsync, ReachLimit, cancellation)
            : null;
        return new(position is not null, intake.IsReady);
    }

    /// <summary>Counts; null where the database doesn't answer within four seconds.</summary>
    public Task<Depths?> MeasureAsync(CancellationToken cancellation) =>
        TryAsync(CountAsync, DepthsLimit, cancellation);

    /// <summary>Counts what is missing; null where the database doesn't answer within four seconds.</summary>
    public Task<Counted?> CountMissingAsync(CancellationToken cancellation) => TryAsync<Counted>(
        async limited =>
        {
            var (count, sparse) = await missing.CountAsync(limited);
            return new(count, sparse);
        },
        DepthsLimit, cancellation);

    /// <summary>Asks the broker how the stream stands; null where it doesn't answer within two seconds.</summary>
    public Task<StreamLook?> LookAtStreamAsync(CancellationToken cancellation) =>
        intake.LookAtStreamAsync(cancellation);

    /// <summary>
    /// Compares producers' hours, as far back as the stream keeps what could still come; null where the database
    /// doesn't answer within four seconds.
    /// </summary>
    public Task<IReadOnlyList<DifferingHours>?> CompareHoursAsync(StreamLook stream, CancellationToken cancellation) =>
        TryAsync<IReadOnlyList<DifferingHours>>(
            async limited =>
            {
                var filter = new HourFilter(time.GetUtcNow() - UsageStream.Retention);
                var differing = new Dictionary<string, long>();

                await foreach (var hour in Conservation.ReadAsync(database, filter, stream.UnsettledSince, limited))
                {
                    if (hour.Reported is not null)
                    {
                        differing[hour.Source] = differing.GetValueOrDefault(hour.Source)
                            + (hour.State is HourState.Differs ? 1 : 0);
                    }
                }

                return [.. differing.Select(source => new DifferingHours(source.Key, source.Value))];
            },
            DepthsLimit, cancellation);

    private async Task<object?> ReachAsync(CancellationToken cancellation)
    {
        await using var reach = database.CreateCommand(ReachSql);
        return await reach.ExecuteScalarAsync(cancellation);
    }

    private async Task<Depths?> CountAsync(CancellationToken cancellation)
    {
        await using var count = database.CreateCommand(DepthsSql);
        count.Parameters.Add(new() { Value = rollups.Select(rollup => rollup.Name).ToArray() });
        await using var reader = await count.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var lags = reader.GetFieldValue<string[]>(3).Zip(reader.GetFieldValue<long[]>(4));
        var verified = await VerificationTable.FindLastAsync(database, cancellation);
        return new(
            reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(5), [.. lags], verified);
    }

    private async Task<T?> TryAsync<T>(
        Func<CancellationToken, Task<T?>> ask, TimeSpan within, CancellationToken cancellation)
        where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(within);

        try
        {
            return await ask(limit.Token);
        }
        catch (Exception failure) when (
            failure is NpgsqlException || (limit.IsCancellationRequested && !cancellation.IsCancellationRequested))
        {
            LogUnanswered(failure.Message, within.TotalSeconds);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The database didn't answer ({Fault}), or not within {LimitSeconds} s.")]
    private partial void LogUnanswered(string fault, double limitSeconds);
}
