using System.Security.Cryptography;
using System.Text;
using EventLedger.Ledger.Booking;
using EventLedger.Ledger.Nodes;
using EventLedger.Ledger.Settings;
using EventLedger.NodeBilling.Otoml;
using EventLedger.Testing;
using EventLedger.Testing.Forges;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventLedger.Ledger.Tests.Nodes;

public class PullingUsage
{
    private const string Path = "nodes/node-a/usage_2026-11-21-17.otoml";

    private readonly BareRepository repository = BareRepository.Make();

    [Fact]
    public async Task What_was_pushed_is_booked_once_however_often_it_is_pulled()
    {
        await using var node = await StartAsync();
        await using var central = await StartAsync();
        await node.RecordUsageAsync(NodeUsage.Of("k-1"));
        await node.RecordUsageAsync(NodeUsage.Of("k-2", user: "u-2", cents: 5));
        await node.PinHourAsync();
        await node.PushAsync();

        (await PullAsync(central)).ShouldBe((0, """
            node-a: files 1, records 2, new 2, already known 0, refused 0, changed 0, vanished 0
            new 2, already known 0, alarms 0

            """));
        (await PullAsync(central)).ShouldBe((0, "new 0, already known 0, alarms 0\n"));

        await node.RecordUsageAsync(NodeUsage.Of("k-3"));
        await node.PinHourAsync();
        await node.PushAsync();
        (await PullAsync(central)).Output.ShouldContain("records 3, new 1, already known 2");

        (await central.BalanceInAsync("u-1")).ShouldBe(-24);
        (await central.BalanceInAsync("u-2")).ShouldBe(-5);
        (await central.ScalarAsync<string>("select data ->> 'completed_at' from mt_events where seq_id = 2"))
            .ShouldStartWith("2026-11-21T17:00:00");
        await central.ShouldVerifyAsync();
    }

    [Fact]
    public async Task What_has_not_changed_is_not_read_again()
    {
        await using var forge = StandInForge.Start();
        await using var central = await StartAsync(("FORGE_URL", forge.Url), ("FORGE_TOKEN", StandInForge.Token));
        forge.Repository.Init();
        forge.Repository.Write(Path, Batch(Record("k-1")));
        forge.Repository.Write(Path.Replace("node-a", "node-b"), Batch(Record("k-1") with { NodeId = "node-b" }));
        await PullAsync(central);
        forge.Calls.Clear();

        await PullAsync(central);
        forge.Calls.ShouldHaveSingleItem().ShouldEndWith("/branches/main");
        forge.Calls.Clear();

        forge.Repository.Write(Path.Replace("-17", "-18"), Batch(Record("k-2")));
        (await PullAsync(central)).Output.ShouldContain("node-a: files 1, records 1, new 1");
        forge.Calls.Count(call => call.Contains("/blobs/")).ShouldBe(1);
    }

    [Fact]
    public async Task Both_rails_may_carry_the_same_record()
    {
        await using var central = await StartAsync();
        const string Metadata = """
            "request_id":"r","node_id":"node-a","idempotency_key":"k-1","amount":-12,"asset":"USD/2","tenant_id":"t"
            """;
        await central.RecordAsync(
            $$"""{"customer_id":"u-1","reason":"usage:newapi:m","metadata":{ {{Metadata}} } }""", 200);
        repository.Write(Path, Batch(Record("k-1"), Record("k-2")));

        (await PullAsync(central)).Output.ShouldContain("records 2, new 1, already known 1");

        (await central.BalanceInAsync("u-1")).ShouldBe(-24);
    }

    [Fact]
    public async Task A_booked_record_that_changes_or_vanishes_is_an_alarm_and_changes_nothing()
    {
        await using var central = await StartAsync();
        repository.Write(Path, Batch(Record("k-1"), Record("k-2"), Record("k-3")));
        (await PullAsync(central)).ExitCode.ShouldBe(0);
        repository.Write(
            Path, Batch(Record("k-1") with { AmountCents = 99 }, Record("k-2") with { Description = "x" }));

        var (exitCode, output) = await PullAsync(central);

        exitCode.ShouldBe(1);
        output.ShouldContain("new 0, already known 0, refused 0, changed 2, vanished 1");
        output.ShouldContain("line 11, column 3: key k-1 of node node-a was booked with other content");
        (await central.BalanceInAsync("u-1")).ShouldBe(-36);
        (await central.ScalarAsync<long>("select count(*) from node_alarms")).ShouldBe(3);
    }

    [Fact]
    public async Task A_file_and_a_node_that_vanish_are_alarms_once()
    {
        await using var central = await StartAsync();
        repository.Write(Path, Batch(Record("k-1")));
        repository.Write(Path.Replace("-17", "-18"), Batch(Record("k-2")));
        await PullAsync(central);

        repository.Write(Path, null);
        (await PullAsync(central)).Output.ShouldContain("vanished 1");
        repository.Write(Path.Replace("-17", "-18"), null);
        (await PullAsync(central)).ExitCode.ShouldBe(1);
        (await PullAsync(central)).ExitCode.ShouldBe(0);

        (await central.ScalarAsync<long>("select count(*) from node_alarms where kind = 'vanished'")).ShouldBe(2);
    }

    [Fact]
    public async Task A_record_that_conflicts_with_another_rails_is_an_alarm()
    {
        await using var central = await StartAsync();
        await central.RecordUsageAsync(NodeUsage.Of("k-1", user: "somebody-else"));
        repository.Write(Path, Batch(Record("k-1"), Record("k-2")));

        var (exitCode, output) = await PullAsync(central);

        exitCode.ShouldBe(1);
        output.ShouldContain("new 1, already known 0, refused 0, changed 1");
    }

    [Fact]
    public async Task What_can_t_be_read_is_refused_with_its_line_and_does_not_hold_up_the_rest()
    {
        await using var central = await StartAsync();
        repository.Write(Path, Batch(Record("k-1")) + "[[records]]\namount_cents = 0\n");
        repository.Write(Path.Replace("-17", "-18"), "O:\nrecords = 7\n");
        repository.Write(Path.Replace("-17", "-19"), Batch(Record("k-2")));

        var (exitCode, output) = await PullAsync(central);

        exitCode.ShouldBe(1);
        output.ShouldContain("files 3, records 3, new 2, already known 0, refused 2");
        output.ShouldContain("line 10, column 3: created_at is missing");
        output.ShouldContain("line 2, column 11: records is a number");
    }

    [Fact]
    public async Task A_charge_past_the_balances_bounds_is_refused_alone()
    {
        await using var central = await StartAsync();
        repository.Write(Path, Batch(
            Record("k-1") with { AmountCents = long.MaxValue }, Record("k-2") with { AmountCents = long.MaxValue },
            Record("k-3") with { UserSid = "u-2" }));

        (await PullAsync(central)).Output.ShouldContain("new 2, already known 0, refused 1");
    }

    [Fact]
    public async Task Links_other_repositories_and_huge_files_are_refused_unread()
    {
        await using var central = await StartAsync();
        repository.Write(Path, Batch(Record("k-1")));
        repository.Write(Path.Replace("-17", "-18"), "/etc/passwd", mode: "120000");
        repository.Write(Path.Replace("-17", "-19"), Batch(Record("k-2")) + new string('#', 50 * 1024 * 1024));
        repository.Write("nodes/node-b", "../../etc", mode: "120000");
        repository.Write("nodes/node-a/absolute", "x");
        WriteTreeWithName("/etc/usage_2026-11-21-17.otoml");

        var (exitCode, output) = await PullAsync(central);

        exitCode.ShouldBe(1);
        output.ShouldContain("usage_2026-11-21-18.otoml: git mode 120000");
        output.ShouldContain("usage_2026-11-21-19.otoml: the file has 52428");
        output.ShouldContain("nodes/node-b: git mode 120000");
        output.ShouldContain("nodes/node-a/absolute: the name is none");
        output.ShouldContain("nodes/node-c//etc/usage_2026-11-21-17.otoml: the name is none");
        (await central.ScalarAsync<long>("select count(*) from mt_events")).ShouldBe(2);
    }

    [Fact]
    public async Task Names_that_no_index_can_hold_keep_nobody_from_being_booked()
    {
        await using var central = await StartAsync();
        var name = string.Concat(Enumerable.Range(0, 10 * 1024 / 64).Select(
            n => Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(n)))));
        repository.Write($"nodes/{name}/usage_2026-11-21-17.otoml", Batch(Record("k-1")));
        repository.Write($"nodes/node-z/{name}", Batch(Record("k-2")));
        repository.Write(Path, Batch(Record("k-3")));

        var (exitCode, output) = await PullAsync(central);

        exitCode.ShouldBe(1);
        output.ShouldContain("new 2, already known 0, alarms 1");
        output.ShouldContain("the name is none of an hour's file");
        (await PullAsync(central)).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_name_with_control_characters_is_shown_without()
    {
        await using var central = await StartAsync();
        repository.Write("nodes/node-a/\u001b[2J", "x");

        await PullAsync(central);

        (await central.ScalarAsync<string>("select place from node_alarms")).ShouldEndWith("nodes/node-a/\ufffd[2J");
    }

    [Fact]
    public async Task A_branch_that_was_read_and_is_gone_is_no_empty_one()
    {
        await using var central = await StartAsync();
        repository.Write(Path, Batch(Record("k-1")));
        await PullAsync(central);
        repository.Run("update-ref", "-d", "refs/heads/main");

        var (exitCode, output) = await PullAsync(central);

        exitCode.ShouldBe(1);
        output.ShouldContain("isn't there any more");
    }

    [Theory]
    [InlineData("\"total_count\":", "\"count\":", "lacks a field")]
    [InlineData("\"sha\":\"", "\"sha\":\"../", "no id of git's")]
    public async Task A_forge_that_lies_of_its_folders_raises_no_alarm_and_loses_nothing(
        string truth, string lie, string said)
    {
        await using var forge = StandInForge.Start();
        await using var central = await StartAsync(("FORGE_URL", forge.Url), ("FORGE_TOKEN", StandInForge.Token));
        forge.Repository.Init();
        forge.Repository.Write(Path, Batch(Record("k-1")));
        await PullAsync(central);
        forge.Repository.Write(Path, Batch(Record("k-1"), Record("k-2")));
        forge.Lies = (call, body) => call.Contains("/git/trees/") ? body.Replace(truth, lie) : body;

        (await PullAsync(central)).Output.ShouldContain(said);
        forge.Lies = (_, body) => body;

        (await PullAsync(central)).Output.ShouldContain("new 1, already known 1, alarms 0");
    }

    [Fact]
    public async Task A_node_that_can_t_be_read_holds_up_no_other()
    {
        const int Nodes = UsagePull.UnreadableMax + 2;
        await using var forge = StandInForge.Start();
        await using var central = await StartAsync(("FORGE_URL", forge.Url), ("FORGE_TOKEN", StandInForge.Token));
        forge.Repository.Init();

        for (var node = 0; node < Nodes; node++)
        {
            forge.Repository.Write(Path.Replace("node-a", $"node-{node}"), Batch(Record($"k-{node}")));
        }

        var blobs = Enumerable.Range(0, Nodes)
            .Select(node => forge.Repository.BlobId(Path.Replace("node-a", $"node-{node}"))!).ToArray();
        Fail(blobs[0]);
        var (exitCode, output) = await PullAsync(central);

        exitCode.ShouldBe(1);
        output.ShouldContain("all but 1 of the nodes were read");
        (await BookedAsync()).ShouldBe(Nodes - 1);

        // As many as make it the forge's fault: it isn't asked for those behind them.
        await central.ExecuteAsync("delete from forge_objects");
        Fail([.. blobs.SkipLast(1)]);
        (await PullAsync(central)).Output.ShouldNotContain("all but");
        string.Join(" ", forge.Calls).ShouldNotContain(blobs[^1]);

        Fail();
        (await PullAsync(central)).ExitCode.ShouldBe(0);
        (await BookedAsync()).ShouldBe(Nodes);

        void Fail(params string[] unreadable)
        {
            forge.Calls.Clear();
            forge.Faults = call => unreadable.Any(call.Contains) ? new(FaultKind.Missing, AfterEffect: false) : null;
        }

        Task<long> BookedAsync() =>
            central.ScalarAsync<long>("select count(*) from mt_events where type = 'usage_recorded'");
    }

    [Fact]
    public async Task What_pulls_stops_before_what_books()
    {
        await using var central = await StartAsync(("PULL_INTERVAL", "1h"));
        var services = central.Services.GetServices<IHostedService>().Select(service => service.GetType()).ToList();

        // They stop in the opposite order.
        services.IndexOf(typeof(NodeSchedule)).ShouldBeGreaterThan(services.IndexOf(typeof(BookingLanes)));
    }

    [Fact]
    public async Task What_nobody_expected_ends_neither_the_schedule_nor_the_service()
    {
        await using var central = await StartAsync();
        using var log = new KeptLog();
        central.LogAllTo(log);
        var runs = 0;
        using var schedule = new NodeSchedule(
            "pull", TimeSpan.FromMilliseconds(20),
            _ => ++runs == 1 ? throw new InvalidCastException("odd") : Task.CompletedTask,
            central.Services.GetRequiredService<SchemaSetup>(), TimeProvider.System,
            central.Services.GetRequiredService<ILogger<NodeSchedule>>());

        await schedule.StartAsync(default);
        await Eventually.HoldsAsync(() => runs > 1);
        await schedule.StopAsync(default);

        log.Lines.ShouldContain(line => line.Contains("The pull of node usage failed") && line.Contains("odd"));
    }

    [Fact]
    public async Task The_service_pulls_by_itself()
    {
        repository.Write(Path, Batch(Record("k-1")));
        await using var central = await StartAsync(("PULL_INTERVAL", "100ms"));

        await Eventually.HoldsAsync(async () => await central.BalanceAsync("u-1") is not null);
        repository.Write(Path, Batch(Record("k-1"), Record("k-2")));
        await Eventually.HoldsAsync(async () => await central.BalanceInAsync("u-1") == -24);
    }

    [Theory]
    [InlineData("PULL_INTERVAL", "60d")]
    [InlineData("PUSH_INTERVAL", "31d")]
    [InlineData("PULL_INTERVAL", "soon")]
    public void An_interval_that_no_timer_can_wait_for_is_refused(string name, string interval)
    {
        var settings = LedgerHost.Settings("", "", 1, (name, interval));

        Should.Throw<SettingException>(() => (settings.PullInterval, settings.PushInterval))
            .Message.ShouldContain("30d at most");
    }

    [Fact]
    public async Task An_empty_or_missing_repository_has_nothing_to_book()
    {
        await using var empty = await StartAsync();
        await using var missing = await StartAsync(("FORGE_URL", "file:///nowhere/repo.git"));

        (await PullAsync(empty)).ShouldBe((0, "new 0, already known 0, alarms 0\n"));
        (await PullAsync(missing)).ShouldBe((0, "new 0, already known 0, alarms 0\n"));
    }

    private static NodeUsageRecord Record(string key) => new()
    {
        AmountCents = 12,
        CreatedAt = new(2026, 11, 21, 17, 3, 11, TimeSpan.Zero),
        Description = "chat",
        IdempotencyKey = key,
        NodeId = "node-a",
        ResourceKind = "llm_tokens",
        UserSid = "u-1",
    };

    private static string Batch(params NodeUsageRecord[] records) =>
        Encoding.UTF8.GetString(UsageBatchWriter.Write(records));

    private static Task<(int ExitCode, string Output)> PullAsync(LedgerHost ledger) =>
        ledger.RunAsync("pull-usage", "--once");

    private Task<LedgerHost> StartAsync(params (string Name, string Value)[] more) =>
        NodeUsage.StartAsync([.. more, ("FORGE_URL", repository.Url), ("PUSH_INTERVAL", "0")]);

    // Git's own commands refuse such a name, but whoever can push objects can make one.
    private void WriteTreeWithName(string name)
    {
        var blob = repository.BlobId(Path)!;
        var file = Tree($"100644 {name}\0", blob);
        var nodes = repository.Run("rev-parse", "main:nodes").Trim();
        byte[] grown =
        [
            .. repository.MustRun([], "cat-file", "tree", nodes),
            .. "40000 node-c\0"u8, .. Convert.FromHexString(file),
        ];
        var parent = Hash("tree", grown);
        var root = Tree("40000 nodes\0", parent);
        var commit = repository.Run("-c", "user.name=t", "-c", "user.email=t@t", "commit-tree", root, "-m", "odd");
        repository.Run("update-ref", "refs/heads/main", commit.Trim());
    }

    private string Tree(string head, string id) =>
        Hash("tree", [.. Encoding.UTF8.GetBytes(head), .. Convert.FromHexString(id)]);

    private string Hash(string type, byte[] content) => Encoding.UTF8.GetString(
        repository.MustRun(content, "hash-object", "--literally", "-w", "-t", type, "--stdin")).Trim();
}
