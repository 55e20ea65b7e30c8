using EventLedger.Embedded.Processes;
using EventLedger.NodeBilling.Otoml;
using EventLedger.Testing;
using EventLedger.Testing.Forges;
using Xunit.Abstractions;

namespace EventLedger.Ledger.Tests.Nodes;

/// <summary>The forge fails in every way that it can; in the end every record is in one place, once.</summary>
public class SurvivingFaults(ITestOutputHelper log)
{
    private const int RecordsMax = 20;
    private const int PushesMax = 3;
    private const int HoursMax = 5;
    private const int FaultsInAHundred = 8;

    private static readonly FaultKind[] Kinds = [.. ForgeFault.Passing.Where(kind => kind != FaultKind.Hang)];

    [Fact]
    public async Task Whatever_fails_every_record_ends_in_one_file_once_and_balances_agree()
    {
        await using var forge = StandInForge.Start();
        await using var node = await StartAsync(forge);
        await using var central = await StartAsync(forge);
        var seed = Environment.GetEnvironmentVariable("EVENTLEDGER_SEED") is { } text
            ? int.Parse(text)
            : Random.Shared.Next();
        log.WriteLine($"EVENTLEDGER_SEED={seed}");
        var random = new Random(seed);

        for (var round = 1; round <= Rounds.Of(few: 3, many: 200); round++)
        {
            await RoundAsync(node, central, forge, random, round);
        }

        await central.ShouldVerifyAsync();
    }

    [Fact]
    public async Task A_ledger_that_is_killed_between_commit_and_checkpoint_commits_nothing_again()
    {
        await using var forge = StandInForge.Start();
        await using var node = await StartAsync(forge);
        await node.RecordUsageAsync(NodeUsage.Of("k-1"));
        forge.Faults = call => call.StartsWith("POST") && call.Contains("/contents") && forge.Hanging == 0
            ? new(FaultKind.Hang, AfterEffect: true)
            : null;
        var port = FreePort.Next();

        await using (var process = await ChildProcess.StartAsync(CommandOf(node, forge, port), LogFile()))
        {
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            client.DefaultRequestHeaders.Add("X-Hero-Onboarding-Admin-Secret", NodeUsage.AdminSecret);
            var push = Eventually.HoldsAsync(() => TriedAsync(client, forge), within: TimeSpan.FromMinutes(1));
            await Eventually.HoldsAsync(() => forge.Hanging == 1);
            process.Send(Signal.Kill);
            await process.Exited;
            await push;
        }

        var head = forge.Repository.Head;
        (await node.ScalarAsync<long>("select count(*) from mt_event_progression where name like 'usage_push%'"))
            .ShouldBe(0);
        (await node.PushAsync()).ShouldBe((0, "files 0, records 1, commit none, all was there\n"));

        forge.Repository.Head.ShouldBe(head);
        forge.Repository.Paths.Count(path => path.StartsWith("nodes/")).ShouldBe(1);
    }

    // Ends with the answer, or with the connection that the kill cuts.
    private static async Task<bool> TriedAsync(HttpClient client, StandInForge forge)
    {
        try
        {
            await client.PostAsync("/admin/push-usage-now", null);
            return true;
        }
        catch (HttpRequestException)
        {
            return forge.Hanging > 0;
        }
    }

    private async Task RoundAsync(
        LedgerHost node, LedgerHost central, StandInForge forge, Random random, int round)
    {
        forge.Faults = _ => Fault(random);
        forge.Api.CommitsTogether = random.Next(2) == 0;

        for (var push = random.Next(1, PushesMax + 1); push > 0; push--)
        {
            await RecordAsync(node, random, round);
            await node.PushAsync();

            if (random.Next(4) == 0)
            {
                await node.ExecuteAsync("delete from mt_event_progression where name like 'usage_push %'");
            }

            await central.RunAsync("pull-usage", "--once");
        }

        forge.Faults = _ => null;
        (await node.PushAsync()).ExitCode.ShouldBe(0);
        (await central.RunAsync("pull-usage", "--once")).ExitCode.ShouldBe(0);
        await CheckAsync(node, central, forge);
    }

    private static async Task RecordAsync(LedgerHost node, Random random, int round)
    {
        var head = await node.ScalarAsync<long>("select position from head");

        for (var record = random.Next(1, RecordsMax); record > 0; record--)
        {
            // Keys repeat, with the same content.
            var key = random.Next(RecordsMax);
            await node.RecordUsageAsync(NodeUsage.Of($"{round}-{key}", user: $"u-{key % 7}", cents: key + 1));
        }

        await node.ExecuteAsync($"""
            update mt_events set timestamp = '2026-11-21T00:00:00Z'::timestamptz
                + {random.Next(HoursMax)} * interval '1 hour' + seq_id * interval '1 us'
            where seq_id > {head}
            """);
    }

    private static async Task CheckAsync(LedgerHost node, LedgerHost central, StandInForge forge)
    {
        var inFiles = forge.Repository.Paths.Where(path => path.StartsWith("nodes/"))
            .Select(path => forge.Repository.MustRun([], "cat-file", "blob", $"main:{path}"))
            .SelectMany(file => UsageBatchReader.Read(file).Records)
            .Select(placed => placed.Record.IdempotencyKey)
            .Order()
            .ToArray();

        inFiles.ShouldBe((await KeysAsync(node)).Order());
        (await BalancesAsync(central)).ShouldBe(await BalancesAsync(node));
    }

    private static Task<string[]> KeysAsync(LedgerHost ledger) => ledger.ScalarAsync<string[]>(
        "select array_agg(data ->> 'idempotency_key') from mt_events where type = 'usage_recorded'");

    private static Task<string[]> BalancesAsync(LedgerHost ledger) => ledger.ScalarAsync<string[]>(
        "select array_agg(concat_ws(' ', customer_id, asset, balance, entries) order by customer_id) from balances");

    private static ForgeFault? Fault(Random random)
    {
        lock (random)
        {
            return random.Next(100) < FaultsInAHundred
                ? new(Kinds[random.Next(Kinds.Length)], AfterEffect: random.Next(2) == 0)
                : null;
        }
    }

    private static Task<LedgerHost> StartAsync(StandInForge forge) => NodeUsage.StartAsync(
        ("FORGE_URL", forge.Url), ("FORGE_TOKEN", StandInForge.Token), ("PUSH_INTERVAL", "0"));

    private static ChildCommand CommandOf(LedgerHost beside, StandInForge forge, int port) =>
        new("ledger", "dotnet", Path.Combine(AppContext.BaseDirectory, "ledger.dll"), "serve")
        {
            Environment = new Dictionary<string, string>
            {
                ["DATABASE_URL"] = beside.DatabaseUrl,
                ["NATS_URL"] = beside.Nats.Url,
                ["LEDGER_PORT"] = $"{port}",
                ["JWT_SECRET"] = LedgerHost.Secret,
                ["ADMIN_SECRET"] = NodeUsage.AdminSecret,
                ["HERO_NODE_ID"] = "node-a",
                ["FORGE_URL"] = forge.Url,
                ["FORGE_TOKEN"] = StandInForge.Token,
                ["PUSH_INTERVAL"] = "0",
            },
        };

    private static string LogFile() => Path.Combine(TestFolder.Make("ledger"), "log");
}
