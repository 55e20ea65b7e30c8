using System.Diagnostics;

namespace EventLedger.Embedded.Processes;

/// <summary>A child that runs, writes what it prints to a log, and dies when we die, however we die.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int ReadBytesMax = 8192;

    // Grandchildren may hold the pipes open for longer than the child lives.
    private static readonly TimeSpan LastWordsWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DefaultStopLimit = TimeSpan.FromSeconds(10);

    private readonly ChildCommand command;
    private readonly Process process;
    private readonly ChildLog log;

    private ChildProcess(ChildCommand command, Process process, ChildLog log)
    {
        this.command = command;
        this.process = process;
        this.log = log;
        Id = process.Id;
        Exited = WatchAsync();
    }

    /// <summary>What it is called in messages.</summary>
    public string Name => command.Name;

    /// <summary>Its process id.</summary>
    public int Id { get; }

    /// <summary>Ends with the process, with its exit code (128 and the signal's number after a signal).</summary>
    public Task<int> Exited { get; }

    /// <summary>The end of what it printed.</summary>
    public string LastWords => log.Tail();

    /// <summary>Starts the command; what it prints goes to the file.</summary>
    public static async Task<ChildProcess> StartAsync(ChildCommand command, string logFile)
    {
        var output = new ChildLog(logFile);

        try
        {
            return new(command, await Launcher.StartAsync(command), output);
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    /// <summary>Sends a signal; does nothing when the process has ended.</summary>
    public void Send(Signal signal)
    {
        // An id that has been waited for may already belong to another process.
        if (!Exited.IsCompleted && !process.HasExited)
        {
            Posix.Send(Id, signal);
        }
    }

    /// <summary>Asks it to stop, and kills it when it has not done so within the limit.</summary>
    public async Task StopAsync(TimeSpan limit)
    {
        Send(command.StopSignal);

        if (await Task.WhenAny(Exited, Task.Delay(limit)) != Exited)
        {
            Send(Signal.Kill);
        }

        await Exited;
    }

    /// <summary>Stops it, where it still runs. A second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(DefaultStopLimit);
        process.Dispose();
        log.Dispose();
    }

    private async Task<int> WatchAsync()
    {
        var output = Task.WhenAll(
            CopyAsync(process.StandardOutput.BaseStream), CopyAsync(process.StandardError.BaseStream));

        await process.WaitForExitAsync();
        await Task.WhenAny(output, Task.Delay(LastWordsWait));
        return process.ExitCode;
    }

    private async Task CopyAsync(Stream output)
    {
        var buffer = new byte[ReadBytesMax];

        try
        {
            while (await output.ReadAsync(buffer) is var count and > 0)
            {
                log.Write(buffer.AsSpan(0, count));
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException or IOException)
        {
            // Disposed while a grandchild still held the pipe: nobody reads on.
        }
    }
}
