using EventLedger.Ledger.Intake;
using Npgsql;

namespace EventLedger.Ledger.Monitoring;

/// <summary>What the ledger needs, as it was found.</summary>
/// <param name="Depths">What the database holds; null where it doesn't answer with this version's schema.</param>
/// <param name="Broker">Whether the broker answers, and has the stream and the consumer.</param>
internal sealed record Surroundings(Depths? Depths, bool Broker)
{
    /// <summary>Whether all of it is there.</summary>
    public bool AreComplete => Depths is not null && Broker;
}

/// <summary>How much there is in the database.</summary>
/// <param name="Position">The highest position.</param>
/// <param name="Waiting">Envelopes whose customer nobody knows yet.</param>
/// <param name="DeadLetters">Envelopes that are kept with a reason.</param>
internal sealed record Depths(long Position, long Waiting, long DeadLetters);

/// <summary>Looks at what the ledger needs.</summary>
internal sealed class Lookout(NpgsqlDataSource database, SchemaSetup schema, UsageIntake intake)
{
    private const string LookSql = """
        select position, (select count(*) from waiting),
            (select count(*) from dead_letters where settlement is null)
        from head
        """;

    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(2);

    /// <summary>Asks both. A database that doesn't answer within two seconds doesn't answer.</summary>
    public async Task<Surroundings> LookAsync(CancellationToken cancellation) =>
        new(schema.Applied.IsCompletedSuccessfully ? await MeasureAsync(cancellation) : null, intake.IsReady);

    private async Task<Depths?> MeasureAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(LookLimit);

        try
        {
            await using var look = database.CreateCommand(LookSql);
            await using var reader = await look.ExecuteReaderAsync(limit.Token);
            await reader.ReadAsync(limit.Token);
            return new(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException)
        {
            return null;
        }
    }
}
