using System.Diagnostics;

namespace EventLedger.Ops.Tests.Files;

/// <summary>A program of somebody else that checks or renders files.</summary>
/// <param name="name">Its name, to be found in PATH.</param>
internal sealed class Tool(string name)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Whether this machine has it.</summary>
    public bool IsFound => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(folder => File.Exists(Path.Combine(folder, name)));

    /// <summary>Runs it to its end; gives the exit code, and what it printed.</summary>
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(name, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);

        try
        {
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException late)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{name} {string.Join(' ', arguments)} took longer than {Limit}.", late);
        }
    }

    /// <summary>What it printed; the test fails where the tool does.</summary>
    public async Task<string> OutputOfAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(arguments);
        exitCode.ShouldBe(0, error);
        return output;
    }
}
