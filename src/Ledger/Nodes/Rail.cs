namespace EventLedger.Ledger.Nodes;

/// <summary>The way on which a node's record came; several may carry the same one, and it is booked once.</summary>
/// <param name="Name">What it is stored as.</param>
/// <param name="Place">Where on the rail it was: the file, in a forge.</param>
public sealed record Rail(string Name, string? Place = null)
{
    /// <summary>It was recorded here, by <c>POST /record_usage</c>: what is pushed to the forge.</summary>
    public static readonly Rail Node = new("node");

    /// <summary>
    /// Where a record is on <see cref="Node"/> that another rail had brought before, until it is pushed: the push may
    /// be past its position.
    /// </summary>
    public const string LatePlace = "late";

    /// <summary>It came in an envelope, through the broker or over HTTP.</summary>
    public static readonly Rail Envelope = new("envelope");

    /// <summary>It was read from a file of the forge.</summary>
    public static Rail Forge(string place) => new("forge", place);
}
