namespace EventLedger.NodeBilling.Otoml;

/// <summary>A place in a file. Both count from 1, the marker line included; a column is a character.</summary>
public readonly record struct OtomlPlace(int Line, int Column)
{
    /// <summary>Where a file begins; the place of what concerns it as a whole.</summary>
    public static readonly OtomlPlace Start = new(1, 1);

    /// <inheritdoc/>
    public override string ToString() => $"line {Line}, column {Column}";
}

/// <summary>Why a file, or one record of it, is refused.</summary>
/// <param name="Place">Where it went wrong.</param>
/// <param name="Message">What was wrong, with what value, and what is expected.</param>
public readonly record struct OtomlProblem(OtomlPlace Place, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Place}: {Message}";
}

/// <summary>The file as a whole can't be read; the only exception that reading throws.</summary>
public sealed class OtomlException(OtomlProblem problem) : Exception(problem.ToString())
{
    internal OtomlException(OtomlPlace place, string message)
        : this(new OtomlProblem(place, message))
    {
    }

    /// <summary>The first thing that was wrong.</summary>
    public OtomlProblem Problem { get; } = problem;
}
