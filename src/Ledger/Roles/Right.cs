namespace EventLedger.Ledger.Roles;

/// <summary>What a role may do with one thing of the schema.</summary>
/// <param name="Thing">The thing, as <c>grant</c> names it: <c>table blocks</c>.</param>
/// <param name="Privilege">What may be done with it: <c>insert</c>.</param>
internal readonly record struct Right(string Thing, string Privilege);
