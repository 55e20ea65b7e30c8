namespace EventLedger.Contracts.Envelopes;

/// <summary>Why bytes are no envelope that can be booked.</summary>
/// <param name="Field">The field at fault, <c>metadata.request_id</c>; null where the whole is.</param>
/// <param name="Message">What was wrong, with what value, and what is expected.</param>
public readonly record struct EnvelopeProblem(string? Field, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => Field is null ? Message : $"{Field}: {Message}";
}
