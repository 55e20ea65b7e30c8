using EventLedger.Embedded.Examples;
using Microsoft.Extensions.Logging;

namespace EventLedger.Embedded.Running;

/// <summary>One <c>./run</c>, from start to stop.</summary>
/// <param name="options">What was asked for.</param>
/// <param name="layout">What is run.</param>
/// <param name="output">Gets the ready line and the example's table, and nothing else.</param>
/// <param name="logging">Gets everything that is said besides.</param>
internal sealed partial class Runner(RunOptions options, RunLayout layout, TextWriter output, ILoggerFactory logging)
{
    private const int Failed = 1;

    // As a shell has it for a program that Ctrl-C ended.
    private const int Interrupted = 130;

    private readonly ILogger logger = logging.CreateLogger<Runner>();

    /// <summary>The exit code, once all is stopped again.</summary>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        try
        {
            await using var system = await LocalSystem.StartAsync(options, layout, logging, stop);
            await output.WriteLineAsync(system.ReadyLine);
            await output.FlushAsync(stop);

            if (options.Once)
            {
                return await ShowExampleOnceAsync(system, stop);
            }

            if (options.Demo)
            {
                await ShowExampleAsync(system, stop);
            }

            LogStaying();
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return options.Once ? Interrupted : 0;
        }

        return 0;
    }

    private async Task<int> ShowExampleOnceAsync(LocalSystem system, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var shown = ShowExampleAsync(system, ending.Token);
        var died = system.Supervisor.FirstDeath;
        await Task.WhenAny(shown, died);

        if (died.IsCompleted)
        {
            await ending.CancelAsync();
            LogEndedByDeath(await died);
            return Failed;
        }

        return await shown ? 0 : Failed;
    }

    private async Task<bool> ShowExampleAsync(LocalSystem system, CancellationToken cancellation)
    {
        try
        {
            using var traffic = new ExampleTraffic(
                system.ProxyUrl, system.LedgerUrl, system.Token, options.MicroOmrPerToken, TimeProvider.System);

            await output.WriteLineAsync(ExampleRow.Table(await traffic.SendAsync(cancellation)));
            await output.FlushAsync(cancellation);
            LogUnits();
            return true;
        }
        catch (Exception e) when (e is EmbeddedException or HttpRequestException)
        {
            LogExampleFailed(e.Message);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Information, "Amounts and balances are in micro-OMR: 1,000,000 are 1 OMR.")]
    private partial void LogUnits();

    [LoggerMessage(LogLevel.Information, "All of it stays until Ctrl-C.")]
    private partial void LogStaying();

    [LoggerMessage(LogLevel.Error, "The example failed: {Reason}")]
    private partial void LogExampleFailed(string reason);

    [LoggerMessage(LogLevel.Error, "{Service} died, which ends a run with --once.")]
    private partial void LogEndedByDeath(string service);
}
