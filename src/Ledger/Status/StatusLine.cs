namespace EventLedger.Ledger.Status;

/// <summary>One thing that was looked at.</summary>
/// <param name="What">What it is, as the metrics call it where they have it.</param>
/// <param name="Number">How much or how far; null for what isn't a number, or isn't known.</param>
/// <param name="Text">What it is where it isn't a number.</param>
/// <param name="State">Whether it is as it should be.</param>
/// <param name="Note">What else there is to know.</param>
internal sealed record StatusLine(string What, long? Number, string? Text, StatusState State, string Note)
{
    /// <summary>A number that is as it should be, unless <paramref name="isWrong"/>.</summary>
    public static StatusLine Of(string what, long number, string note = "", bool isWrong = false) =>
        new(what, number, null, isWrong ? StatusState.Wrong : StatusState.Ok, note);

    /// <summary>A text that is as it should be.</summary>
    public static StatusLine Of(string what, string text, string note = "") =>
        new(what, null, text, StatusState.Ok, note);

    /// <summary>What can't be told.</summary>
    public static StatusLine Unknown(string what, string note) => new(what, null, null, StatusState.Unknown, note);

    /// <summary>What isn't there, and should be.</summary>
    public static StatusLine Wrong(string what, string note) => new(what, null, null, StatusState.Wrong, note);
}

/// <summary>Whether something is as it should be.</summary>
internal enum StatusState
{
    /// <summary>It is.</summary>
    Ok,

    /// <summary>It can't be told.</summary>
    Unknown,

    /// <summary>Somebody has to do something.</summary>
    Wrong,
}
