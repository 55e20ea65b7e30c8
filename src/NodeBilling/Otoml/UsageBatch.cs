namespace EventLedger.NodeBilling.Otoml;

/// <summary>A record, and where in its file it begins.</summary>
public readonly record struct PlacedRecord(NodeUsageRecord Record, OtomlPlace Place);

/// <summary>What one file of a node says: the records of one hour.</summary>
/// <param name="Records">Those that can be booked, in the order of the file.</param>
/// <param name="Refused">Why each of the others can't; they don't hold up their neighbours.</param>
public sealed record UsageBatch(IReadOnlyList<PlacedRecord> Records, IReadOnlyList<OtomlProblem> Refused)
{
    internal const string Key = "records";
}
