using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EventLedger.Embedded.Processes;
using EventLedger.Ledger.Nodes;
using EventLedger.NodeBilling.Forges;
using EventLedger.Testing;
using EventLedger.Testing.Forges;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventLedger.Ledger.Tests.Nodes;

/// <summary>
/// The forge repeats the token in whatever it answers, and fails in every way: neither the token nor any other secret
/// is in a log line, an error, an answer, a trace, a metric or on the console.
/// </summary>
public sealed class KeepingSecrets : IDisposable
{
    private const string Password = "password-of-the-forge-8d1e";

    private static readonly string[] Secrets =
        [StandInForge.Token, Uri.EscapeDataString(NodeUsage.AdminSecret), NodeUsage.AdminSecret, Password];

    private readonly KeptLog log = new();
    private readonly KeptTelemetry telemetry = new();
    private readonly List<string> said = [];

    public static TheoryData<FaultKind> Kinds => [.. Enum.GetValues<FaultKind>()];

    public void Dispose()
    {
        telemetry.Dispose();
        log.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Whatever_goes_wrong_with_the_forge_tells_no_secret(FaultKind kind)
    {
        await using var forge = StandInForge.Start();
        await using var ledger = await StartAsync(forge);
        ledger.LogAllTo(log);
        await RecordAsync(ledger, "k-1");
        await SyncAsync(ledger);
        await RecordAsync(ledger, "k-2");

        forge.Faults = _ => new(kind, AfterEffect: true);
        await FailAsync(ledger, new Uri(forge.Url), limit: TimeSpan.FromMilliseconds(500));
        forge.Faults = FirstOnly(forge, kind);
        await SyncAsync(ledger);

        log.Lines.ShouldContain(line => line.StartsWith("Microsoft.AspNetCore.Server.Kestrel"));
        telemetry.Lines.ShouldContain(line => line.StartsWith("activity") && line.Contains(forge.Url));
        telemetry.Lines.ShouldContain(line => line.StartsWith("measured http.client"));
        ShouldTellNoSecret();
    }

    [Fact]
    public async Task A_certificate_that_nobody_trusts_tells_no_secret()
    {
        using var key = RSA.Create();
        using var certificate = new CertificateRequest(
            "CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddHours(1));
        await using var forge = StandInForge.Start(certificate);
        await using var ledger = await StartAsync(forge);
        ledger.LogAllTo(log);
        await RecordAsync(ledger, "k-1");

        await FailAsync(ledger, new Uri(forge.Url), limit: TimeSpan.FromSeconds(30));

        forge.Calls.ShouldBeEmpty();
        said.ShouldContain(line => line.Contains("FORGE_URL"));
        ShouldTellNoSecret();
    }

    [Theory]
    [InlineData("pull-usage --once")]
    [InlineData("serve")]
    public async Task A_password_in_FORGE_URL_is_refused_unsaid(string verb)
    {
        await using var forge = StandInForge.Start();
        await using var ledger = await LedgerHost.StartAsync();
        var url = forge.Url.Replace("http://", $"http://somebody:{Password}@");

        await RunAsync(ledger, url, verb, async process =>
        {
            (await process.Exited).ShouldBe(2);
            process.LastWords.ShouldContain("FORGE_URL can't be used");
        });

        forge.Calls.ShouldBeEmpty();
        ShouldTellNoSecret();
    }

    [Fact]
    public async Task The_console_tells_no_secret_at_its_most_talkative()
    {
        await using var forge = StandInForge.Start();
        await using var ledger = await LedgerHost.StartAsync();
        forge.Faults = _ => new(FaultKind.Unauthorized, AfterEffect: true);

        await RunAsync(ledger, forge.Url, "serve", async process =>
        {
            await Eventually.HoldsAsync(() => process.LastWords.Contains("of node usage can't succeed"));
            process.Send(Signal.Terminate);
            await process.Exited;
        });

        said.ShouldContain(line => line.Contains(" debug Microsoft."));
        ShouldTellNoSecret();
    }

    private static Task<LedgerHost> StartAsync(StandInForge forge) => NodeUsage.StartAsync(
        ("FORGE_URL", forge.Url), ("FORGE_TOKEN", StandInForge.Token), ("PUSH_INTERVAL", "0"));

    // As it is while the service runs, but for pauses that a test can wait for.
    private async Task FailAsync(LedgerHost ledger, Uri url, TimeSpan limit)
    {
        var loggers = ledger.Services.GetRequiredService<ILoggerFactory>();
        var forge = new ForgeOptions(url, StandInForge.Token) { CallLimit = limit }.Open(TimeProvider.System);
        var retry = new ForgeRetry(TimeProvider.System)
        {
            PauseMin = TimeSpan.FromMilliseconds(1),
            PauseMax = TimeSpan.FromMilliseconds(2),
        };
        var push = new UsagePush(
            ledger.Sql, forge, "node-a", new("USD", 2), retry, loggers.CreateLogger<UsagePush>());
        var pull = new UsagePull(
            ledger.Sql, forge, retry, ledger.Services.GetRequiredService<RecordBooking>(),
            ledger.Services.GetRequiredService<NodeRecords>(), loggers.CreateLogger<UsagePull>());

        foreach (var work in (Func<CancellationToken, Task>[])[push.PushAsync, pull.PullAsync])
        {
            said.Add((await Should.ThrowAsync<ForgeException>(() => work(default))).ToString());
            var failed = new TaskCompletionSource();
            using var schedule = new NodeSchedule(
                "work", TimeSpan.FromHours(1), cancellation => EndAsync(work(cancellation), failed),
                ledger.Services.GetRequiredService<SchemaSetup>(), TimeProvider.System,
                loggers.CreateLogger<NodeSchedule>());
            await schedule.StartAsync(default);
            await failed.Task;
            await schedule.StopAsync(default);
        }
    }

    private static async Task EndAsync(Task work, TaskCompletionSource ended)
    {
        try
        {
            await work;
        }
        finally
        {
            ended.SetResult();
        }
    }

    private async Task SyncAsync(LedgerHost ledger)
    {
        said.Add((await ledger.PushAsync()).Output);
        said.Add((await ledger.RunAsync("pull-usage", "--once")).Output);
        var answer = await ledger.PostAsync("/admin/push-usage-now", "");
        said.Add($"{answer} {await answer.Content.ReadAsStringAsync()}");
    }

    private async Task RecordAsync(LedgerHost ledger, string key)
    {
        said.Add($"{await ledger.RecordUsageAsync(NodeUsage.Of(key))}");
        said.Add($"{await ledger.RecordUsageAsync(NodeUsage.Of(key), 403, NodeUsage.AdminSecret + " but wrong")}");
    }

    // The first call of each form, so that few attempts are needed.
    private static Func<string, ForgeFault?> FirstOnly(StandInForge forge, FaultKind kind)
    {
        var before = forge.Calls.Count;
        return _ => forge.Calls.Count == before + 1 && kind != FaultKind.Hang ? new(kind, AfterEffect: true) : null;
    }

    private async Task RunAsync(
        LedgerHost beside, string forgeUrl, string verb, Func<ChildProcess, Task> act)
    {
        var file = Path.Combine(TestFolder.Make("ledger"), "log");
        var command = new ChildCommand(
            "ledger", "dotnet", [Path.Combine(AppContext.BaseDirectory, "ledger.dll"), .. verb.Split(' ')])
        {
            Environment = new Dictionary<string, string>
            {
                ["DATABASE_URL"] = beside.DatabaseUrl,
                ["NATS_URL"] = beside.Nats.Url,
                ["LEDGER_PORT"] = $"{FreePort.Next()}",
                ["JWT_SECRET"] = LedgerHost.Secret,
                ["ADMIN_SECRET"] = NodeUsage.AdminSecret,
                ["FORGE_URL"] = forgeUrl,
                ["FORGE_TOKEN"] = StandInForge.Token,
                ["PULL_INTERVAL"] = "100ms",
                ["Logging__Console__LogLevel__Default"] = "Trace",
                ["Logging__Console__LogLevel__Microsoft.AspNetCore"] = "Trace",
            },
        };

        await using (var process = await ChildProcess.StartAsync(command, file))
        {
            await act(process);
        }

        said.AddRange(await File.ReadAllLinesAsync(file));
    }

    private void ShouldTellNoSecret() => said.Concat(log.Lines).Concat(telemetry.Lines)
        .Where(line => Secrets.Any(line.Contains)).ShouldBeEmpty();
}
