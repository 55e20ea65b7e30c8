using System.Security.Cryptography;
using System.Text.Json;
using EventLedger.Ledger.Cli;
using EventLedger.Ledger.Status;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests.Cli;

public class TellingTheStatus
{
    [Fact]
    public async Task A_sound_ledger_is_0_with_its_versions_and_positions()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);

        var status = await StatusAsync(ledger, exitCode: 0);

        status["nats-server"].ShouldBe(("2.9.10", "ok"));
        status["postgresql"].Value.ShouldStartWith("15.");
        status["schema"].ShouldBe(($"{LedgerSchema.Version}", "ok"));
        (status["position"], status["block"]).ShouldBe((("2", "ok"), ("1", "ok")));
        (status["waiting"], status["dead_letters"], status["missing"], status["intake_lag"])
            .ShouldBe((("0", "ok"), ("0", "ok"), ("0", "ok"), ("0", "ok")));
        status.Keys.ShouldContain("statement_totals");
        status.Keys.ShouldContain("source_sequences");
        status["anchor"].State.ShouldBe("unknown");
    }

    [Fact]
    public async Task The_brokers_part_is_unknown_where_there_is_none_to_ask()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        var settings = LedgerHost.Settings(database.Url, natsUrl: "", port: 1);
        var output = new StringWriter();
        await CommandLine.RunAsync(Verbs.Create(settings), ["migrate"], output, output);

        (await CommandLine.RunAsync(Verbs.Create(settings), ["status"], output, output)).ShouldBe(0);

        $"{output}".ShouldContain("NATS_URL is not set");
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_3_and_the_rest_is_told_all_the_same()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.Nats.KillAsync();

        var status = await StatusAsync(ledger, exitCode: 3);

        status["nats-server"].State.ShouldBe("wrong");
        status["intake_lag"].State.ShouldBe("unknown");
        status["position"].ShouldBe(("0", "ok"));
    }

    [Fact]
    public async Task A_schema_of_an_older_version_is_1_and_all_that_is_told()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.ExecuteAsync($"""
            delete from schema_migrations where number = {LedgerSchema.Version};
            alter view dead_letter_fates rename to dead_letter_fates_not_yet
            """);

        var status = await StatusAsync(ledger, exitCode: 1);

        status["schema"].State.ShouldBe("wrong");
        status.Keys.ShouldBe(["ledger", "nats-server", "intake_lag", "schema"], ignoreOrder: true);
        (await ledger.RunAsync("status")).Output.ShouldContain("ledger migrate");
        (await ledger.RunAsync("dead-letters", "list")).ShouldBe(
            (1, "ledger: The database has no ledger yet, or an older version's. Run 'ledger migrate' first.\n"));
    }

    [Fact]
    public async Task Each_source_adds_up()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        await producer.PublishAsync(Counted(1, Envelopes.Of("c", "r-1")));
        await producer.PublishAsync(Counted(1, Envelopes.Of("c", "r-1")));
        await producer.PublishAsync(Counted(2, Envelopes.Of("nobody", "r-2", tenant: null)));
        await producer.PublishAsync(Counted(3, Envelopes.Of("", "r-3")));
        await producer.PublishAsync(Counted(5, Envelopes.Of("c", "r-5")));
        await producer.EverythingIsAcknowledgedAsync();
        await Eventually.HoldsAsync(
            async () => await ledger.ScalarAsync<long>("select count(*) from source_gaps") == 1);

        var (exitCode, output) = await ledger.RunAsync("status", "--sources", "--output", "csv");

        exitCode.ShouldBe(0, output);
        output.Split("\r\n")[1].ShouldBe("proxy-1,1,5,2,0,1,1,1,false");
        (await ledger.RunAsync("status")).Output.ShouldContain(
            "published 5 = booked 2 + duplicates 0 + waiting 1 + dead letters 1 + unaccounted 1");
    }

    [Fact]
    public async Task A_dead_letter_needs_a_person()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        await producer.PublishAsync("no envelope");
        await producer.EverythingIsAcknowledgedAsync();

        (await StatusAsync(ledger, exitCode: 1))["dead_letters"].ShouldBe(("1", "wrong"));
    }

    [Fact]
    public async Task Waiting_needs_a_person_only_after_an_hour()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var producer = new Producer(ledger.Nats.Url);
        await producer.PublishAsync(Envelopes.Of("nobody", "r", tenant: null));
        await producer.EverythingIsAcknowledgedAsync();
        (await StatusAsync(ledger, exitCode: 0))["waiting"].ShouldBe(("1", "ok"));

        await ledger.ExecuteAsync(
            $"update waiting set received_at = received_at - interval '{DatabaseStatus.WaitingLimit.TotalSeconds} s'");

        (await StatusAsync(ledger, exitCode: 1))["waiting"].ShouldBe(("1", "wrong"));
    }

    [Fact]
    public async Task A_schema_of_another_version_needs_a_person()
    {
        await using var ledger = await LedgerHost.StartAsync();

        await ledger.ExecuteAsync("insert into schema_migrations (number, name, checksum) values (9999, 'later', '')");

        (await StatusAsync(ledger, exitCode: 1))["schema"].ShouldBe(("9999", "wrong"));
    }

    [Fact]
    public async Task A_roll_up_that_stays_behind_for_a_minute_needs_a_person()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await ledger.StopServiceAsync();
        await ledger.ExecuteAsync("update mt_event_progression set last_seq_id = 0");

        var found = await DatabaseStatus.ReadAsync(ledger.Sql, ["statement_totals"], CancellationToken.None);

        var since = found.Rollups.ShouldHaveSingleItem().BehindSince.ShouldNotBeNull();
        StateAt(since + DatabaseStatus.RollupLimit).ShouldBe(StatusState.Ok);
        StateAt(since + DatabaseStatus.RollupLimit + TimeSpan.FromTicks(1)).ShouldBe(StatusState.Wrong);

        StatusState StateAt(DateTimeOffset now) =>
            found.Describe(now).Single(line => line.What == "statement_totals").State;
    }

    [Fact]
    public async Task An_anchor_that_was_kept_is_compared()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        var folder = TestFolder.Make("anchor");
        var (key, anchors) = (Path.Combine(folder, "key.pem"), Path.Combine(folder, "anchors.txt"));
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(key, ecdsa.ExportPkcs8PrivateKeyPem());
        await ledger.RunAsync("anchor", "--key", key, "--out", anchors);

        (await StatusAsync(ledger, exitCode: 0, "--anchor", anchors))["anchor"].ShouldBe(("2", "ok"));
        await ledger.ExecuteAsync("update blocks set hash = sha256('other')");
        (await StatusAsync(ledger, exitCode: 1, "--anchor", anchors))["anchor"].ShouldBe(("2", "wrong"));
    }

    private static string Counted(int sequence, string envelope) => envelope.Replace(
        "\"latency_ms\"", $"\"source\":\"proxy-1\",\"epoch\":\"e-1\",\"sequence\":{sequence},\"latency_ms\"");

    private static async Task<Dictionary<string, (string Value, string State)>> StatusAsync(
        LedgerHost ledger, int exitCode, params string[] args)
    {
        var (actual, output) = await ledger.RunAsync(["status", "--output", "json", .. args]);
        actual.ShouldBe(exitCode, output);
        return JsonElement.Parse(output).EnumerateArray().ToDictionary(
            line => $"{line.GetProperty("what")}",
            line => ($"{line.GetProperty("value")}", $"{line.GetProperty("state")}"));
    }
}
