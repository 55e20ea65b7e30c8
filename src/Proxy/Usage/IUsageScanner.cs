namespace EventLedger.Proxy.Usage;

/// <summary>
/// Reads usage out of a response as it flows by, in constant memory, whatever the pieces it comes in.
/// </summary>
internal interface IUsageScanner
{
    /// <summary>What was stated so far.</summary>
    UsageBlock Usage { get; }

    /// <summary>The model that the answer names.</summary>
    string? Model { get; }

    /// <summary>Whether the answer is whole: what may follow changes nothing.</summary>
    bool IsComplete { get; }

    /// <summary>Takes the next bytes.</summary>
    void Scan(ReadOnlySpan<byte> bytes);

    /// <summary>The response ended as it should: what its form doesn't mark as an end is one now.</summary>
    void End();
}
