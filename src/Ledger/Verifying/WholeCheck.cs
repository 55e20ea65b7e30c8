using EventLedger.EventStore;
using EventLedger.EventStore.Verifying;
using EventLedger.Projections.Balances;
using Npgsql;

namespace EventLedger.Ledger.Verifying;

/// <summary>What came of a check.</summary>
/// <param name="Chain">What was seen of the chain.</param>
/// <param name="Finding">The first thing that is wrong; null if nothing is.</param>
internal sealed record CheckResult(ChainReport Chain, Finding? Finding)
{
    /// <summary>What is wrong, for people.</summary>
    public string? Wrong => Finding is null ? null
        : Finding.Position is { } position ? $"position {position} {Finding.Message}"
        : Finding.Message;
}

/// <summary>Checks chain, events and balances from one snapshot.</summary>
internal static class WholeCheck
{
    /// <summary>Checks; balances need the whole ledger, and are left out where it isn't asked for.</summary>
    public static async Task<CheckResult> RunAsync(
        NpgsqlDataSource database, VerifyOptions options, IProgress<WorkProgress>? progress,
        CancellationToken cancellation)
    {
        await using var snapshot = await LedgerSnapshot.TakeAsync(database, cancellation);
        var report = await new ChainVerifier(snapshot, options).VerifyAsync(progress, cancellation);
        var finding = report.Finding
            ?? (options.IsWhole ? await new BalanceVerifier(snapshot.Connection).VerifyAsync(cancellation) : null);
        return new(report, finding);
    }
}
