using EventLedger.EventStore.Schema;
using EventLedger.Projections.Balances;
using Npgsql;

namespace EventLedger.Ledger;

/// <summary>The whole schema: what the store, the projections and the intake each bring.</summary>
public static class LedgerSchema
{
    /// <summary>The number of this version's last step.</summary>
    public static int Version => Steps.Max(step => step.Number);

    private static IEnumerable<Migration> Steps =>
    [
        .. Migration.In(typeof(Migrator).Assembly),
        .. Migration.In(typeof(BalanceProjection).Assembly),
        .. Migration.In(typeof(LedgerSchema).Assembly),
    ];

    /// <summary>Brings <paramref name="database"/> to this version's schema; gives the steps applied now.</summary>
    /// <exception cref="SchemaMismatchException">The database is of a later version, or a step was edited.</exception>
    public static Task<IReadOnlyList<Migration>> MigrateAsync(
        NpgsqlDataSource database, CancellationToken cancellation) =>
        new Migrator(database, Steps).MigrateAsync(cancellation);
}
