using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using EventLedger.Embedded.Processes;
using EventLedger.Testing;

namespace EventLedger.EndToEnd.Tests;

/// <summary>What <c>./run</c> starts, as processes of its own, with its state in a folder of the test.</summary>
internal sealed class RunningSystem : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly ChildProcess run;
    private readonly string home;

    private RunningSystem(ChildProcess process, string folder, IReadOnlyDictionary<string, string> ready)
    {
        run = process;
        home = folder;
        Ready = ready;
        Proxy = new HttpClient { BaseAddress = new Uri(ready["proxy"]) };
        Ledger = new HttpClient { BaseAddress = new Uri(ready["ledger"]) };
        Ledger.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ready["token"]);
    }

    /// <summary>The values of the ready line.</summary>
    public IReadOnlyDictionary<string, string> Ready { get; }

    public HttpClient Proxy { get; }

    public HttpClient Ledger { get; }

    /// <summary>Starts it with options, and waits for its ready line.</summary>
    public static async Task<RunningSystem> StartAsync(params string[] options)
    {
        var folder = TestFolder.Make("run");
        var log = Path.Combine(folder, "run.log");
        var process = await ChildProcess.StartAsync(Command(folder, options), log);
        var line = await Eventually.BecomesAsync(
            () => ReadyLineAsync(process, log), found => found is not null, StartLimit);
        var ready = line!.Split(' ')[1..]
            .Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return new(process, folder, ready);
    }

    /// <summary>Runs it to its end; gives the exit code and what it printed.</summary>
    public static async Task<(int ExitCode, string Output)> RunToEndAsync(string folder, params string[] options)
    {
        var log = Path.Combine(folder, $"run-{Guid.NewGuid():n}.log");
        await using var process = await ChildProcess.StartAsync(Command(folder, options), log);
        var exitCode = await process.Exited.WaitAsync(StartLimit);
        return (exitCode, await File.ReadAllTextAsync(log));
    }

    /// <summary>Runs a verb of the ledger's command line against the running database.</summary>
    public async Task<(int ExitCode, string Output)> RunVerbAsync(params string[] args)
    {
        var program = Path.Combine(ProjectFolder.Root, "src/Ledger/bin/Release/net10.0/ledger.dll");
        var environment = new Dictionary<string, string> { ["DATABASE_URL"] = Ready["database"] };
        var log = Path.Combine(home, $"verb-{Guid.NewGuid():n}.log");
        await using var process = await ChildProcess.StartAsync(
            new("verb", "dotnet", [program, .. args]) { Environment = environment }, log);
        return (await process.Exited.WaitAsync(StartLimit), await File.ReadAllTextAsync(log));
    }

    /// <summary>The processes that run below it, with their command lines.</summary>
    public IEnumerable<(int Id, string Command)> Children() =>
        from folder in Directory.GetDirectories("/proc")
        let name = Path.GetFileName(folder)
        where name.All(char.IsAsciiDigit)
        let parent = ReadProc($"{folder}/stat").Split(") ").Last().Split(' ')
        where parent.Length > 1 && parent[1] == $"{run.Id}"
        select (int.Parse(name), ReadProc($"{folder}/cmdline").Replace('\0', ' '));

    /// <summary>
    /// Kills the child whose command line holds <paramref name="text"/>, as a crash would, once it runs.
    /// </summary>
    public async Task KillAsync(string text)
    {
        var victims = await Eventually.BecomesAsync(
            () => Task.FromResult(Children().Where(child => child.Command.Contains(text)).ToArray()),
            found => found.Length == 1);
        using var victim = Process.GetProcessById(victims[0].Id);
        victim.Kill();
    }

    /// <summary>What the ledger says; null where it doesn't know the customer, or doesn't answer just now.</summary>
    public async Task<JsonElement?> BalanceAsync(string customer)
    {
        try
        {
            using var response = await Ledger.GetAsync($"/billing/customers/{customer}/balance");
            return response.StatusCode == HttpStatusCode.OK
                ? JsonElement.Parse(await response.Content.ReadAsStringAsync())
                : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Stops it as an operator would, and tells what is left of it.</summary>
    public async Task<(int ExitCode, IReadOnlyList<int> LeftBehind)> StopAsync()
    {
        var children = Children().Select(child => child.Id).ToArray();
        run.Send(Signal.Terminate);
        var exitCode = await run.Exited.WaitAsync(StopLimit);
        return (exitCode, [.. children.Where(id => Directory.Exists($"/proc/{id}"))]);
    }

    public async ValueTask DisposeAsync()
    {
        Proxy.Dispose();
        Ledger.Dispose();
        await run.DisposeAsync();
        TestFolder.Remove(home);
    }

    private static ChildCommand Command(string folder, string[] options)
    {
        var program = Path.Combine(ProjectFolder.Root, "src/Embedded/bin/Release/net10.0/EventLedger.Embedded.dll");
        var environment = new[] { "PROXY_PORT", "LEDGER_PORT", "NATS_PORT", "POSTGRES_PORT", "UPSTREAM_PORT" }
            .ToDictionary(name => name, _ => $"{FreePort.Next()}");
        return new("run", "dotnet", [program, "--data", Path.Combine(folder, "data"), .. options])
        {
            Environment = environment,
        };
    }

    private static async Task<string?> ReadyLineAsync(ChildProcess process, string log)
    {
        if (process.Exited.IsCompleted)
        {
            throw new InvalidOperationException($"It ended with {await process.Exited}: {process.LastWords}");
        }

        using var reader = new StreamReader(
            new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        var lines = (await reader.ReadToEndAsync()).Split('\n');
        return lines[..^1].FirstOrDefault(line => line.StartsWith("ready ", StringComparison.Ordinal));
    }

    // A process may end while it is looked at.
    private static string ReadProc(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
