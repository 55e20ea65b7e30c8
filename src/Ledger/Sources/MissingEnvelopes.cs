using EventLedger.Ledger.Intake;
using EventLedger.Projections.Sources;
using Npgsql;

namespace EventLedger.Ledger.Sources;

/// <summary>Finds envelopes that a producer has counted and that never came.</summary>
internal sealed class MissingEnvelopes(SourceQueries gaps, NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>How long an envelope may be on its way before it is missing.</summary>
    public static readonly TimeSpan MissedAfter = TimeSpan.FromMinutes(1);

    /// <summary>Kept envelopes that are looked through at most; what came later may show as missing then.</summary>
    public const int KeptMax = 100_000;

    // What waits, and what could not be booked, did come.
    private const string KeptSql =
        "select body from waiting union all select body from dead_letters where event_id is null limit $1";

    /// <summary>What is missing, the oldest first, in as few pieces as there are.</summary>
    public async Task<List<SourceGap>> FindAsync(CancellationToken cancellation)
    {
        var found = await gaps.ReadGapsAsync(time.GetUtcNow() - MissedAfter, cancellation);

        if (found.Count == 0)
        {
            return found;
        }

        var kept = await ReadKeptAsync(cancellation);
        return [.. found.SelectMany(gap => gap.Without(kept[(gap.Source, gap.Epoch)]))];
    }

    private async Task<ILookup<(string Source, string Epoch), long>> ReadKeptAsync(CancellationToken cancellation)
    {
        var kept = new List<BodyOrigin>();
        await using var command = database.CreateCommand(KeptSql);
        command.Parameters.Add(new() { Value = KeptMax });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            if (BodyOrigin.Find(reader.GetFieldValue<byte[]>(0)) is { } origin)
            {
                kept.Add(origin);
            }
        }

        return kept.ToLookup(origin => (origin.Source, origin.Epoch), origin => origin.Sequence);
    }
}
