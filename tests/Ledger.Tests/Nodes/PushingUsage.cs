using EventLedger.Ledger.Settings;
using EventLedger.Testing;
using EventLedger.Testing.Forges;

namespace EventLedger.Ledger.Tests.Nodes;

public class PushingUsage
{
    [Fact]
    public async Task The_smoke_steps_hold_on_disk()
    {
        var repository = BareRepository.At(Path.Combine(TestFolder.Make("forge"), "repo.git"));
        await using var ledger = await StartAsync(("FORGE_URL", repository.Url));

        await SmokeAsync(ledger, repository);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_smoke_steps_hold_over_REST(bool commitsTogether)
    {
        await using var forge = StandInForge.Start();
        forge.Api.CommitsTogether = commitsTogether;
        await using var ledger = await StartAsync(("FORGE_URL", forge.Url), ("FORGE_TOKEN", StandInForge.Token));

        await SmokeAsync(ledger, forge.Repository);
    }

    [Fact]
    public async Task Each_hour_has_its_file()
    {
        var repository = BareRepository.Make();
        await using var ledger = await StartAsync(("FORGE_URL", repository.Url));
        await ledger.RecordUsageAsync(NodeUsage.Of("k-1"));
        await ledger.ExecuteAsync("update mt_events set timestamp = timestamp - interval '5 hours'");
        await ledger.RecordUsageAsync(NodeUsage.Of("k-2"));

        (await ledger.PushAsync()).Output.ShouldContain("files 2, records 2");

        repository.Paths.Length.ShouldBe(2);
        repository.Commits.ShouldBe(1);
    }

    [Fact]
    public async Task What_came_from_elsewhere_is_not_pushed()
    {
        var repository = BareRepository.Make();
        await using var ledger = await StartAsync(("FORGE_URL", repository.Url));
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await ledger.RecordAsync(
            Envelopes.Of("c", "r").Replace("\"r\"", "\"r\",\"node_id\":\"n\",\"idempotency_key\":\"k\""), 200);

        (await ledger.PushAsync()).Output.ShouldContain("files 0, records 0");

        repository.Head.ShouldBeNull();
    }

    [Fact]
    public async Task What_an_envelope_brought_first_and_was_then_recorded_here_is_pushed()
    {
        var repository = BareRepository.Make();
        await using var ledger = await StartAsync(("FORGE_URL", repository.Url));
        const string Metadata = """
            "request_id":"r","node_id":"node-a","idempotency_key":"k-1","amount":-12,"asset":"USD/2","tenant_id":"t"
            """;
        await ledger.RecordAsync(
            $$"""{"customer_id":"u-1","reason":"usage:newapi:m","metadata":{ {{Metadata}} } }""", 200);
        (await ledger.PushAsync()).Output.ShouldContain("files 0, records 0");

        (await ledger.RecordUsageAsync(NodeUsage.Of("k-1"))).GetProperty("duplicate").GetBoolean().ShouldBeTrue();

        (await ledger.PushAsync()).Output.ShouldContain("files 1, records 1, commit ");
        repository.Read(repository.Paths.Single()).ShouldContain("amount_cents = 12");
        (await ledger.PushAsync()).Output.ShouldContain("files 0, records 0");
        await ledger.ExecuteAsync("delete from mt_event_progression where name like 'usage_push %'");
        (await ledger.PushAsync()).Output.ShouldContain("files 0, records 1, commit none");
    }

    [Fact]
    public async Task Amounts_of_another_asset_are_not_pushed_as_the_nodes()
    {
        var repository = BareRepository.Make();
        await using var ledger = await StartAsync(("FORGE_URL", repository.Url));
        await ledger.RecordUsageAsync(NodeUsage.Of("k-1"));
        await ledger.ExecuteAsync("update mt_events set data = jsonb_set(data, '{asset}', '\"EUR/3\"')");

        var (exitCode, output) = await ledger.PushAsync();

        exitCode.ShouldBe(1);
        output.ShouldContain("counts in EUR/3, and NODE_USAGE_ASSET is USD/2");
        repository.Head.ShouldBeNull();
    }

    [Fact]
    public async Task A_repository_on_disk_that_is_made_anew_gets_everything_again()
    {
        var repository = BareRepository.Make();
        await using var ledger = await StartAsync(("FORGE_URL", repository.Url));

        await MakeAnewAsync(ledger, repository);
    }

    [Fact]
    public async Task A_repository_of_a_forge_that_is_made_anew_gets_everything_again()
    {
        await using var forge = StandInForge.Start();
        await using var ledger = await StartAsync(("FORGE_URL", forge.Url), ("FORGE_TOKEN", StandInForge.Token));

        await MakeAnewAsync(ledger, forge.Repository);
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("ends\n")]
    [InlineData("é")]
    public void A_token_that_no_header_can_carry_is_refused_unsaid(string token)
    {
        var settings = new LedgerSettings(name => name switch
        {
            "FORGE_URL" => "https://forge",
            "FORGE_TOKEN" => token,
            _ => null,
        });

        var wrong = Should.Throw<SettingException>(() => settings.Forge);

        wrong.Message.ShouldStartWith("FORGE_TOKEN can't be used.");
    }

    [Fact]
    public void A_file_for_the_token_that_has_none_is_named()
    {
        var file = Path.Combine(TestFolder.Make("token"), "token");
        File.WriteAllText(file, "\n");
        var settings = new LedgerSettings(name => name switch
        {
            "FORGE_URL" => "https://forge",
            "FORGE_TOKEN_FILE" => file,
            _ => null,
        });

        var wrong = Should.Throw<SettingException>(() => settings.Forge);

        wrong.Message.ShouldBe($"FORGE_TOKEN_FILE is {file}, which is empty. Expected: a file with the secret.");
    }

    [Fact]
    public async Task A_push_that_can_t_succeed_names_the_setting_and_fails()
    {
        await using var forge = StandInForge.Start();
        await using var ledger = await StartAsync(("FORGE_URL", forge.Url), ("FORGE_TOKEN", "wrong-token-77aa"));
        await ledger.RecordUsageAsync(NodeUsage.Of("k-1"));

        var (exitCode, output) = await ledger.PushAsync();

        exitCode.ShouldBe(1);
        output.ShouldContain("FORGE_TOKEN");
        output.ShouldNotContain("wrong-token-77aa");
    }

    [Fact]
    public async Task Without_a_forge_or_a_service_the_push_fails()
    {
        await using var ledger = await NodeUsage.StartAsync();

        (await ledger.PushAsync())
            .ShouldBe((1, "ledger: the push failed: there is nowhere to push to: FORGE_URL is not set\n"));
        (await ledger.PostAsync("/admin/push-usage-now", "", secret: null)).StatusCode
            .ShouldBe(System.Net.HttpStatusCode.Unauthorized);
        (await ledger.PostAsync("/admin/push-usage-now", "", secret: "another")).StatusCode
            .ShouldBe(System.Net.HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_push_waits_for_another_one()
    {
        await using var forge = StandInForge.Start();
        await using var ledger = await StartAsync(("FORGE_URL", forge.Url), ("FORGE_TOKEN", StandInForge.Token));
        await ledger.RecordUsageAsync(NodeUsage.Of("k-1"));

        var pushes = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ledger.PushAsync()));

        pushes.ShouldAllBe(push => push.ExitCode == 0);
        pushes.Count(push => push.Output.Contains("files 1")).ShouldBe(1);
        forge.Repository.Commits.ShouldBe(2);
    }

    [Fact]
    public async Task The_service_pushes_by_itself()
    {
        var repository = BareRepository.Make();
        await using var ledger = await NodeUsage.StartAsync(
            ("FORGE_URL", repository.Url), ("PUSH_INTERVAL", "100ms"));
        await ledger.RecordUsageAsync(NodeUsage.Of("k-1"));

        await Eventually.HoldsAsync(() => repository.Paths.Length == 1);
    }

    private static Task<LedgerHost> StartAsync(params (string Name, string Value)[] more) =>
        NodeUsage.StartAsync([("PUSH_INTERVAL", "0"), .. more]);

    private static async Task MakeAnewAsync(LedgerHost ledger, BareRepository repository)
    {
        await ledger.RecordUsageAsync(NodeUsage.Of("k-1"));
        await ledger.PinHourAsync();
        await ledger.PushAsync();
        Directory.Delete(repository.Folder, recursive: true);
        repository.Init();
        repository.Write("nodes/node-b/another's", "text");
        await ledger.RecordUsageAsync(NodeUsage.Of("k-2"));
        await ledger.PinHourAsync();

        (await ledger.PushAsync()).Output.ShouldContain("files 1, records 2");

        var text = repository.Read("nodes/node-a/usage_2026-11-21-17.otoml");
        text.ShouldContain("k-1");
        text.ShouldContain("k-2");
    }

    private static async Task SmokeAsync(LedgerHost ledger, BareRepository repository)
    {
        foreach (var key in (string[])["k-1", "k-2", "k-3", "k-2"])
        {
            await ledger.RecordUsageAsync(NodeUsage.Of(key));
        }

        await ledger.PinHourAsync();
        (await ledger.PushAsync()).Output.ShouldContain("files 1, records 3, commit ");
        var path = repository.Paths.Where(path => path.StartsWith("nodes/")).ShouldHaveSingleItem();
        path.ShouldBe("nodes/node-a/usage_2026-11-21-17.otoml");
        repository.Read(path).Split("[[records]]").Length.ShouldBe(1 + 3);
        var (head, text) = (repository.Head, repository.Read(path));

        (await ledger.PushAsync()).ExitCode.ShouldBe(0);
        repository.Head.ShouldBe(head);

        await ledger.ExecuteAsync("delete from mt_event_progression where name like 'usage_push %'");
        (await ledger.PushAsync()).Output.ShouldContain("files 0, records 3, commit none");
        (repository.Head, repository.Read(path)).ShouldBe((head, text));

        await ledger.RecordUsageAsync(NodeUsage.Of("late"));
        await ledger.PinHourAsync();
        (await ledger.PushAsync()).Output.ShouldContain("files 1, records 1, commit ");
        repository.Read(path).ShouldStartWith(text);
        repository.Read(path).Split("[[records]]").Length.ShouldBe(1 + 4);
    }
}
