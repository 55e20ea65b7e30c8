namespace EventLedger.Ledger.Cli;

/// <summary>What the process says at its end.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>A check failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line or a setting is wrong.</summary>
    public const int WrongUse = 2;

    /// <summary>A server can't be reached.</summary>
    public const int Unreachable = 3;
}
