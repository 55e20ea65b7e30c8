namespace EventLedger.Testing.Forges;

/// <summary>What goes wrong with one call.</summary>
/// <param name="Kind">What the caller sees.</param>
/// <param name="AfterEffect">Whether the call has done its work before.</param>
public sealed record ForgeFault(FaultKind Kind, bool AfterEffect)
{
    /// <summary>What may be gone at the next attempt.</summary>
    public static IEnumerable<FaultKind> Passing => Enum.GetValues<FaultKind>().Where(kind => kind <= FaultKind.Hang);
}

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

    /// <summary>The answer is 401.</summary>
    Unauthorized,

    /// <summary>The answer is 403.</summary>
    Forbidden,

    /// <summary>The answer is 404.</summary>
    Missing,

    /// <summary>The answer is 307, to elsewhere.</summary>
    Redirected,
}
