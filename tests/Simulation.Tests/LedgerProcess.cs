using EventLedger.Embedded.Processes;
using EventLedger.Ledger.Tests;
using EventLedger.Testing;

namespace EventLedger.Simulation.Tests;

/// <summary>A ledger in a process of its own, beside another one, that can be killed and started again.</summary>
internal sealed class LedgerProcess : IAsyncDisposable
{
    private readonly ChildCommand command;
    private readonly string log = Path.Combine(TestFolder.Make("ledger"), "log");
    private ChildProcess? process;

    public LedgerProcess(LedgerHost beside)
    {
        var port = FreePort.Next();
        command = new("ledger", "dotnet", Path.Combine(AppContext.BaseDirectory, "ledger.dll"), "serve")
        {
            Environment = new Dictionary<string, string>
            {
                ["DATABASE_URL"] = beside.DatabaseUrl,
                ["NATS_URL"] = beside.Nats.Url,
                ["LEDGER_PORT"] = $"{port}",
                ["JWT_SECRET"] = LedgerHost.Secret,
            },
        };
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        Client.DefaultRequestHeaders.Authorization = beside.Bearer("superadmin");
    }

    public HttpClient Client { get; }

    /// <summary>Starts it, and waits until it is ready.</summary>
    public async Task StartAsync()
    {
        process = await ChildProcess.StartAsync(command, log);
        await Eventually.HoldsAsync(IsReadyAsync);
    }

    /// <summary>Kills it in the midst of what it does, and starts it again.</summary>
    public async Task KillAndStartAsync()
    {
        process!.Send(Signal.Kill);
        await process.DisposeAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();

        if (process is not null)
        {
            await process.DisposeAsync();
        }
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            return (await Client.GetAsync("/readyz")).IsSuccessStatusCode;
        }
        catch (HttpRequestException) when (!process!.Exited.IsCompleted)
        {
            return false;
        }
    }
}
