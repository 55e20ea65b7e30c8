using EventLedger.Embedded.Processes;

namespace EventLedger.Embedded.Running;

/// <summary>A child that serves HTTP, and answers 200 at one address once it can do its work.</summary>
/// <param name="command">Starts it.</param>
/// <param name="port">The port on 127.0.0.1 that it listens on.</param>
/// <param name="portSetting">What to change when the port is taken.</param>
/// <param name="readyPath">The path that answers 200.</param>
/// <param name="logFile">The file for what it prints.</param>
internal sealed class WebProgram(
    ChildCommand command, int port, string portSetting, string readyPath, string logFile) : IAsyncDisposable
{
    // A ledger may first have to wait for its servers and to migrate a large database.
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan AskInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private readonly HttpClient http = new() { Timeout = AnswerLimit };
    private ChildProcess? process;

    /// <summary>What it is called in messages.</summary>
    public string Name => command.Name;

    /// <summary>Where it serves.</summary>
    public Uri Url { get; } = new($"http://127.0.0.1:{port}");

    /// <summary>Starts it, after its death again, and waits until it is ready.</summary>
    public async Task<ChildProcess> LaunchAsync(CancellationToken cancellation)
    {
        await EndAsync();
        await Ports.EnsureFreeAsync(port, portSetting, cancellation);
        process = await ChildProcess.StartAsync(command, logFile);
        await WaitUntilReadyAsync(process, cancellation);
        return process;
    }

    /// <summary>Stops it where it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        http.Dispose();
    }

    private ValueTask EndAsync() => process?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task WaitUntilReadyAsync(ChildProcess child, CancellationToken cancellation)
    {
        var answer = "nothing";

        for (var waited = TimeSpan.Zero; waited < ReadyLimit; waited += AskInterval)
        {
            answer = await AskAsync(cancellation);

            if (answer == "OK")
            {
                return;
            }

            if (await Task.WhenAny(child.Exited, Task.Delay(AskInterval, cancellation)) == child.Exited)
            {
                throw new EmbeddedException(
                    $"{command.Name} ended with code {await child.Exited}. It said: {child.LastWords}\nSee {logFile}.");
            }
        }

        throw new EmbeddedException($"{command.Name} is not ready: {readyPath} answers {answer}. See {logFile}.");
    }

    private async Task<string> AskAsync(CancellationToken cancellation)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(Url, readyPath), cancellation);
            return response.StatusCode.ToString();
        }
        catch (Exception e) when (e is HttpRequestException
            || (e is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return e.Message;
        }
    }
}
