using System.Runtime.CompilerServices;
using EventLedger.EventStore;
using EventLedger.EventStore.Proofs;
using EventLedger.EventStore.Reading;
using EventLedger.EventStore.Verifying;
using EventLedger.Projections.Balances;
using Npgsql;
using NpgsqlTypes;

namespace EventLedger.Projections.Replaying;

/// <summary>
/// Derives balances from events alone, and compares them with the live ones as they were at the same moment. It grows
/// with the balances, not with the events.
/// </summary>
/// <param name="database">The ledger's database.</param>
/// <param name="snapshot">The moment.</param>
/// <param name="customerId">Whose balances; null for everybody's.</param>
public sealed class BalanceReplay(NpgsqlDataSource database, LedgerSnapshot snapshot, string? customerId)
{
    private const int ProgressEvery = 50_000;

    private const string HeadSql = "select position from head";

    private const string KnownSql = "select count(*) from mt_streams where id = $1";

    private const string LiveSql = """
        select customer_id, asset, balance, entries, position from balances where $1 is null or customer_id = $1
        """;

    private readonly EventReader reader = new(database);

    /// <summary>Whether there is such a customer; true where none is named.</summary>
    public async Task<bool> IsKnownAsync(CancellationToken cancellation) =>
        customerId is null || await ScalarAsync(KnownSql, customerId, cancellation) > 0;

    /// <summary>The newest position.</summary>
    public Task<long> ReadHeadAsync(CancellationToken cancellation) => ScalarAsync(HeadSql, null, cancellation);

    /// <summary>The newest position at or before a time; 0 where there is none.</summary>
    public Task<long> ReadPositionAtAsync(DateTimeOffset time, CancellationToken cancellation) =>
        ScalarAsync(PastBalanceQueries.PositionAtSql, time.ToUniversalTime(), cancellation);

    /// <summary>Each step that the events up to a position make, while <paramref name="fold"/> adds them up.</summary>
    /// <exception cref="ProofException">An event can't be replayed, or isn't there.</exception>
    public async IAsyncEnumerable<ReplayStep> StepsAsync(
        BalanceFold fold, long last, IProgress<WorkProgress>? progress,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var taken = 0L;
        await using var events = Events(last, cancellation).GetAsyncEnumerator(cancellation);

        while (await MoveAsync(events) && events.Current.Position <= last)
        {
            if (fold.Take(events.Current) is { } step)
            {
                yield return step;
            }

            if (++taken % ProgressEvery == 0)
            {
                progress?.Report(new WorkProgress("positions", events.Current.Position, last));
            }
        }
    }

    /// <summary>
    /// The balances whose live row isn't what <paramref name="fold"/> has, which must have taken all events of the
    /// snapshot; in the order of customers and assets.
    /// </summary>
    public async Task<IReadOnlyList<BalanceDifference>> CompareAsync(
        BalanceFold fold, CancellationToken cancellation)
    {
        var differences = new List<BalanceDifference>();
        var live = new HashSet<(string, string)>();
        await using var command = new NpgsqlCommand(LiveSql, snapshot.Connection);
        command.Parameters.Add(
            new() { Value = (object?)customerId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar });
        await using var rows = await command.ExecuteReaderAsync(cancellation);

        while (await rows.ReadAsync(cancellation))
        {
            var key = (CustomerId: rows.GetString(0), Asset: rows.GetString(1));
            var has = new Balance(key.Asset, rows.GetInt64(2), rows.GetInt64(3), rows.GetInt64(4));
            live.Add(key);

            if (!fold.Balances.TryGetValue(key, out var gives))
            {
                differences.Add(new(key.CustomerId, key.Asset, has, Replayed: null));
            }
            else if (gives != has)
            {
                differences.Add(new(key.CustomerId, key.Asset, has, gives));
            }
        }

        differences.AddRange(fold.Balances.Where(balance => !live.Contains(balance.Key)).Select(
            balance => new BalanceDifference(balance.Key.CustomerId, balance.Key.Asset, Live: null, balance.Value)));
        return
        [
            .. differences.OrderBy(difference => difference.CustomerId, StringComparer.Ordinal)
                .ThenBy(difference => difference.Asset, StringComparer.Ordinal),
        ];
    }

    private IAsyncEnumerable<StoredEvent> Events(long last, CancellationToken cancellation) => customerId is null
        ? reader.ReadAsync(1, last, cancellation)
        : reader.ReadStreamAsync(customerId, cancellation: cancellation);

    private static async ValueTask<bool> MoveAsync(IAsyncEnumerator<StoredEvent> events)
    {
        try
        {
            return await events.MoveNextAsync();
        }
        catch (InvalidDataException missing)
        {
            throw new ProofException($"{missing.Message} 'ledger verify' tells what is wrong.", missing);
        }
    }

    private async Task<long> ScalarAsync(string sql, object? value, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, snapshot.Connection);

        if (value is not null)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}

/// <summary>A balance that isn't what the events give.</summary>
/// <param name="CustomerId">Whose.</param>
/// <param name="Asset">Which one.</param>
/// <param name="Live">What the table has; null for no row.</param>
/// <param name="Replayed">What the events give; null for none.</param>
public sealed record BalanceDifference(string CustomerId, string Asset, Balance? Live, Balance? Replayed);
