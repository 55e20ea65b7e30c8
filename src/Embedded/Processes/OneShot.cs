namespace EventLedger.Embedded.Processes;

/// <summary>A program that runs to its end, and what it printed.</summary>
/// <param name="ExitCode">0 where it succeeded.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record OneShot(int ExitCode, string Output, string Error)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task<OneShot> RunAsync(ChildCommand command, CancellationToken cancellation)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(Limit);
        using var process = await Launcher.StartAsync(command);

        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limited.Token);
            var error = process.StandardError.ReadToEndAsync(limited.Token);
            await process.WaitForExitAsync(limited.Token);
            return new(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new EmbeddedException($"{command.Name} did not end within {Limit.TotalSeconds} s.");
        }
        finally
        {
            if (!process.HasExited)
            {
                Posix.Send(process.Id, Signal.Kill);
            }
        }
    }

    /// <summary>Its output; throws with what it said when it failed.</summary>
    public static async Task<string> MustRunAsync(ChildCommand command, CancellationToken cancellation)
    {
        var ran = await RunAsync(command, cancellation);

        return ran.ExitCode == 0
            ? ran.Output
            : throw new EmbeddedException($"{command.Name} failed with code {ran.ExitCode}: {ran.Error.Trim()}");
    }
}
