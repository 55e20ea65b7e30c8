using EventLedger.Embedded.Processes;
using Microsoft.Extensions.Logging;

namespace EventLedger.Embedded.Supervision;

/// <summary>Keeps services running, and stops them in the reverse order of their start.</summary>
public sealed partial class Supervisor(TimeProvider time, ILogger<Supervisor> logger) : IAsyncDisposable
{
    /// <summary>How long stopping takes at most, for all services together.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(28);

    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource<string> firstDeath = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Watch> watches = [];

    /// <summary>Ends with the name of the first service that died on its own.</summary>
    public Task<string> FirstDeath => firstDeath.Task;

    /// <summary>Starts a service, waits until it answers, and starts it again whenever it dies.</summary>
    public async Task StartAsync(Service service, CancellationToken cancellation)
    {
        var watch = new Watch(service, await service.LaunchAsync(cancellation));
        LogRunning(service.Name, watch.Child.Id);
        watches.Add(watch);
        watch.Ended = KeepRunningAsync(watch);
    }

    /// <summary>Stops all that was started, and kills what has not stopped within its share of the limit.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        var started = time.GetTimestamp();

        for (var left = watches.Count; left > 0; left--)
        {
            var watch = watches[left - 1];
            await watch.Ended;
            await watch.Child.StopAsync((StopLimit - time.GetElapsedTime(started)) / left);
            LogStopped(watch.Service.Name);
        }

        stopping.Dispose();
    }

    private async Task KeepRunningAsync(Watch watch)
    {
        var deathsInRow = 0;
        var launched = time.GetTimestamp();
        var stop = Task.Delay(Timeout.InfiniteTimeSpan, stopping.Token);

        while (await Task.WhenAny(watch.Child.Exited, stop) != stop)
        {
            deathsInRow = RestartDelay.DeathsInRow(deathsInRow, time.GetElapsedTime(launched));
            var delay = RestartDelay.After(deathsInRow);
            LogDied(watch.Service.Name, Describe(await watch.Child.Exited), delay.TotalSeconds);
            firstDeath.TrySetResult(watch.Service.Name);

            try
            {
                await Task.Delay(delay, time, stopping.Token);
                watch.Child = await watch.Service.LaunchAsync(stopping.Token);
                LogRunning(watch.Service.Name, watch.Child.Id);
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it was, trying again is all that can be done.
                LogNotStarted(watch.Service.Name, e.Message);
            }

            launched = time.GetTimestamp();
        }
    }

    private static string Describe(int exitCode) => exitCode > 128
        ? $"signal {exitCode - 128}"
        : $"code {exitCode}";

    [LoggerMessage(LogLevel.Information, "{Service} runs as process {ProcessId}.")]
    private partial void LogRunning(string service, int processId);

    [LoggerMessage(LogLevel.Warning, "{Service} died with {Cause}; it is started again in {DelaySeconds} s.")]
    private partial void LogDied(string service, string cause, double delaySeconds);

    [LoggerMessage(LogLevel.Error, "{Service} could not be started: {Reason}")]
    private partial void LogNotStarted(string service, string reason);

    [LoggerMessage(LogLevel.Information, "{Service} has stopped.")]
    private partial void LogStopped(string service);

    private sealed class Watch(Service service, ChildProcess child)
    {
        public Service Service { get; } = service;

        public ChildProcess Child { get; set; } = child;

        public Task Ended { get; set; } = Task.CompletedTask;
    }
}
