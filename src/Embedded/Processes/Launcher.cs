using System.Collections.Concurrent;
using System.Diagnostics;

namespace EventLedger.Embedded.Processes;

/// <summary>
/// Starts processes, all from one thread that lives as long as we do: the kernel tells children of our death when
/// the thread that started them ends, and a pool thread may end at any time.
/// </summary>
internal static class Launcher
{
    private const int WaitingMax = 64;

    private static readonly BlockingCollection<Action> Starts = new(WaitingMax);

    static Launcher() => new Thread(StartAll) { IsBackground = true, Name = "launcher" }.Start();

    /// <summary>Starts the command with its output redirected to us and nothing to read.</summary>
    public static Task<Process> StartAsync(ChildCommand command)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);

        Starts.Add(() =>
        {
            try
            {
                started.SetResult(Start(command));
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        });

        return started.Task;
    }

    private static Process Start(ChildCommand command)
    {
        var start = new ProcessStartInfo(command.CommandLine[0], command.CommandLine.Skip(1))
        {
            WorkingDirectory = command.WorkingFolder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private static void StartAll()
    {
        foreach (var start in Starts.GetConsumingEnumerable())
        {
            start();
        }
    }
}
