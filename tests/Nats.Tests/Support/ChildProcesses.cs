using System.Collections.Concurrent;
using System.Diagnostics;

namespace EventLedger.Nats.Tests;

/// <summary>Starts processes that die with this one, however it dies.</summary>
internal static class ChildProcesses
{
    // The kernel sends the death signal when the thread that forked ends, so all forks come from one that never does.
    private static readonly BlockingCollection<Action> Starts = [];

    static ChildProcesses() => new Thread(Run) { IsBackground = true, Name = "child processes" }.Start();

    public static Process Start(string program, params IEnumerable<string> arguments)
    {
        var started = new TaskCompletionSource<Process>();
        var info = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        Starts.Add(() => started.SetResult(Process.Start(info)!));
        var process = started.Task.GetAwaiter().GetResult();

        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static void Run()
    {
        foreach (var start in Starts.GetConsumingEnumerable())
        {
            start();
        }
    }
}
