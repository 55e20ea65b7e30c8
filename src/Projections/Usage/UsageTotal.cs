using EventLedger.Projections.Statements;

namespace EventLedger.Projections.Usage;

/// <summary>What the usage of one model, tenant, customer or day adds up to.</summary>
/// <param name="Key">Which one; empty for usage without a model.</param>
/// <param name="Amount">The sum in the asset's smallest unit; negative is spend.</param>
/// <param name="Entries">How many entries it is of: usage, its corrections and its reversals.</param>
/// <param name="Tokens">Their tokens.</param>
public readonly record struct UsageTotal(string Key, long Amount, long Entries, StatementTokens Tokens);

/// <summary>A page of a usage report.</summary>
/// <param name="Totals">The totals, in the order of their keys' bytes.</param>
/// <param name="Position">The events up to here are in it; it follows the ledger within seconds.</param>
/// <param name="Head">The ledger's newest position.</param>
public sealed record UsageReport(IReadOnlyList<UsageTotal> Totals, long Position, long Head);
