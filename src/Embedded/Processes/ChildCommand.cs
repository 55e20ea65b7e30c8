namespace EventLedger.Embedded.Processes;

/// <summary>A program to start as a child of ours.</summary>
/// <param name="Name">What the child is called in messages.</param>
/// <param name="Program">A path, or a name to be found in PATH.</param>
/// <param name="Arguments">As the program gets them, without quoting.</param>
public sealed record ChildCommand(string Name, string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>Set over what we have ourselves; all of that passes through.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The folder it starts in; ours by default.</summary>
    public string? WorkingFolder { get; init; }

    /// <summary>Who it runs as; ourselves by default.</summary>
    public User? RunAs { get; init; }

    /// <summary>What asks it to stop.</summary>
    public Signal StopSignal { get; init; } = Signal.Terminate;

    /// <summary>What the kernel sends it when we die without having stopped it.</summary>
    public Signal DeathSignal { get; init; } = Signal.Kill;

    // A session of its own, so that Ctrl-C in the terminal reaches us alone and the order of stopping is ours.
    // Both programs replace themselves by the next one: the process id that we see is the child's own.
    internal IReadOnlyList<string> CommandLine =>
        ["setsid", "setpriv", "--pdeathsig", DeathSignal.ShortName, .. AsUser, "--", Program, .. Arguments];

    private IReadOnlyList<string> AsUser =>
        RunAs is { } user ? ["--reuid", $"{user.Uid}", "--regid", $"{user.Gid}", "--clear-groups"] : [];
}
