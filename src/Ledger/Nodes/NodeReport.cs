namespace EventLedger.Ledger.Nodes;

/// <summary>What a pull found of one node.</summary>
/// <param name="Node">The node's folder.</param>
/// <param name="Files">Files that were read.</param>
/// <param name="Records">Records in them.</param>
/// <param name="Booked">Those that were booked now.</param>
/// <param name="Known">Those that were booked before.</param>
/// <param name="Alarms">What was refused, has changed or has vanished.</param>
internal sealed record NodeReport(
    string Node, int Files, int Records, int Booked, int Known, IReadOnlyList<NodeAlarm> Alarms)
{
    /// <summary>Two findings of the same node together.</summary>
    public static NodeReport operator +(NodeReport one, NodeReport other) => new(
        one.Node, one.Files + other.Files, one.Records + other.Records, one.Booked + other.Booked,
        one.Known + other.Known, [.. one.Alarms, .. other.Alarms]);

    /// <summary>A node of which nothing was read.</summary>
    public static NodeReport Of(string node, params IReadOnlyList<NodeAlarm> alarms) => new(node, 0, 0, 0, 0, alarms);

    /// <inheritdoc/>
    public override string ToString() => $"{Node}: files {Files}, records {Records}, new {Booked}, "
        + $"already known {Known}, refused {Count("refused")}, changed {Count("changed")}, "
        + $"vanished {Count("vanished")}";

    private int Count(string kind) => Alarms.Count(alarm => alarm.Kind == kind);
}
