namespace EventLedger.Nats;

/// <summary>
/// A stream as it shall be. Always on disk, with limits retention (the others forget message ids, or store nothing
/// without a consumer), and refusing what doesn't fit rather than deleting what was acknowledged.
/// </summary>
public sealed record StreamSpec
{
    /// <summary>The stream's name.</summary>
    public required string Name { get; init; }

    /// <summary>The subjects it takes.</summary>
    public required IReadOnlyList<string> Subjects { get; init; }

    /// <summary>Messages it may hold; -1 for any number. Exact on every server version, unlike bytes.</summary>
    public long MaxMessages { get; init; } = -1;

    /// <summary>Bytes it may hold; -1 for any number. Refused before 2.10.5, which deletes to make room.</summary>
    public long MaxBytes { get; init; } = -1;

    /// <summary>The largest message; -1 for the server's limit.</summary>
    public int MaxMessageSize { get; init; } = -1;

    /// <summary>How long it keeps a message, read or not; zero for ever.</summary>
    public TimeSpan MaxAge { get; init; }

    /// <summary>How long it remembers message ids.</summary>
    public TimeSpan DuplicateWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many servers hold it; null for as many as there are, and one where it is made.</summary>
    public int? Replicas { get; init; }
}
