using EventLedger.Embedded.Processes;

namespace EventLedger.Embedded.Supervision;

/// <summary>Something that is kept running.</summary>
/// <param name="Name">What it is called in messages.</param>
/// <param name="LaunchAsync">
/// Starts it, and after its death starts it again; returns once it answers, and throws when it won't.
/// </param>
public sealed record Service(string Name, Func<CancellationToken, Task<ChildProcess>> LaunchAsync);
