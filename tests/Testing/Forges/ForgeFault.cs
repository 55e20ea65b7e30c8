namespace EventLedger.Testing.Forges;

/// <summary>What goes wrong with one call.</summary>
/// <param name="Kind">What the caller sees.</param>
/// <param name="AfterEffect">Whether the call has done its work before.</param>
public sealed record ForgeFault(FaultKind Kind, bool AfterEffect);

/// <summary>What a caller sees of a call that goes wrong.</summary>
public enum FaultKind
{
    /// <summary>The connection is cut without an answer.</summary>
    Refused,

    /// <summary>The answer is 500.</summary>
    ServerError,

    /// <summary>The answer is 409.</summary>
    Conflict,

    /// <summary>The answer is 422.</summary>
    Unprocessable,

    /// <summary>The answer is 429.</summary>
    TooMany,

    /// <summary>The right answer breaks off in the middle.</summary>
    Truncated,

    /// <summary>No answer comes, for as long as anybody waits.</summary>
    Hang,
}
