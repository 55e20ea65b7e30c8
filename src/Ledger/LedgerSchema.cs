using EventLedger.EventStore.Schema;
using EventLedger.Ledger.Roles;
using EventLedger.Projections.Balances;
using Npgsql;

namespace EventLedger.Ledger;

/// <summary>The whole schema: what the store, the projections and the intake each bring, and who may do what.</summary>
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

    /// <summary>Brings <paramref name="database"/> to this version's schema, and its roles to their rights.</summary>
    /// <exception cref="SchemaMismatchException">The database is of a later version, or a step was edited.</exception>
    /// <exception cref="SchemaBehindException">Steps are missing, and its user may not apply them.</exception>
    public static async Task<SchemaChanges> MigrateAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var applied = await new Migrator(database, Steps).MigrateAsync(cancellation);
        return new(applied, await DatabaseRoles.ApplyAsync(database, cancellation));
    }
}

/// <summary>What was done to the schema.</summary>
/// <param name="Applied">The steps applied now.</param>
/// <param name="ByHand">
/// The statements about roles that its user may not run; somebody else has to, before it is tried again.
/// </param>
public sealed record SchemaChanges(IReadOnlyList<Migration> Applied, IReadOnlyList<string> ByHand);
