using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventLedger.EventStore.Proofs;
using EventLedger.Ledger.Cli;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

public class AuditingOverHttp
{
    private readonly string folder = TestFolder.Make("audit");

    [Fact]
    public async Task Every_event_is_a_line_with_its_block_and_its_data_as_stored()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();

        var response = await ledger.Client.GetAsync("/billing/audit/events");
        var lines = await LinesAsync(response);

        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/x-ndjson");
        lines.Select(line => line.GetProperty("position").GetInt64())
            .ShouldBe(Enumerable.Range(1, 11).Select(n => (long)n));
        lines.Select(line => line.GetProperty("block").GetInt64()).ShouldBe([1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        lines[6].GetProperty("data").GetRawText()
            .ShouldBe(await ledger.ScalarAsync<string>("select data::text from mt_events where seq_id = 7"));
        lines[6].GetProperty("id").GetGuid()
            .ShouldBe(await ledger.ScalarAsync<Guid>("select id from mt_events where seq_id = 7"));
        lines[6].GetProperty("time").GetString().ShouldBe(await ledger.ScalarAsync<string>(
            """
            select to_char(timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') from mt_events
            where seq_id = 7
            """));
        lines[6].GetProperty("stream").GetString().ShouldBe("c");
        lines[6].GetProperty("version").GetInt64().ShouldBe(7);
        lines[6].GetProperty("type").GetString().ShouldBe("usage_recorded");
    }

    [Theory]
    [InlineData("from_position=10", "10 11")]
    [InlineData("to_position=2", "1 2")]
    [InlineData("from_position=3&to_position=4", "3 4")]
    [InlineData("from_position=12", "")]
    [InlineData("to_position=99999999999", "1 2 3 4 5 6 7 8 9 10 11 12 13")]
    [InlineData("customer=other", "12 13")]
    [InlineData("customer=c&from_position=5&to_position=6", "5 6")]
    [InlineData("customer=nobody", "")]
    public async Task A_part_is_shown_by_position_and_by_customer(string query, string positions)
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();

        if (query.Contains("9999") || query.Contains("customer"))
        {
            await ledger.RecordAsync(Envelopes.Of("other", "r"), 200);
        }

        var lines = await LinesAsync(await ledger.Client.GetAsync($"/billing/audit/events?{query}"));

        string.Join(' ', lines.Select(line => line.GetProperty("position"))).ShouldBe(positions);
        lines.ShouldAllBe(line => line.GetProperty("block").ValueKind == JsonValueKind.Number);
    }

    [Fact]
    public async Task Of_a_customer_nothing_before_the_asked_part_is_read()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();

        // A time that no event can be read with.
        await ledger.ExecuteAsync("""
            set session_replication_role = replica;
            update mt_events set timestamp = '4000-01-01 BC' where seq_id = 2
            """);

        var lines = await LinesAsync(await ledger.Client.GetAsync("/billing/audit/events?customer=c&from_position=5"));

        lines.Select(line => line.GetProperty("position").GetInt64()).ShouldBe([5, 6, 7, 8, 9, 10, 11]);
    }

    [Theory]
    [InlineData("from_position=0", "from_position")]
    [InlineData("from_position=5&to_position=4", "to_position")]
    [InlineData("to_position=0", "to_position")]
    [InlineData("from_position=many", "")]
    public async Task A_part_that_cannot_be_is_refused(string query, string field)
    {
        await using var ledger = await LedgerHost.StartAsync();

        var response = await ledger.Client.GetAsync($"/billing/audit/events?{query}");

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync()).ShouldContain(field);
    }

    [Fact]
    public async Task What_fails_on_the_way_is_never_a_clean_end()
    {
        await using var ledger = await CreateLargeAsync();

        var failing = Should.ThrowAsync<Exception>(async () =>
        {
            using var response = await ledger.Client.GetAsync(
                "/billing/audit/events", HttpCompletionOption.ResponseHeadersRead);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            await using var body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[1000]);
            (await ledger.ScalarAsync<long>("""
                select count(pg_terminate_backend(pid)) from pg_stat_activity
                where datname = current_database() and query like 'copy (select%' and state = 'active'
                """)).ShouldBeGreaterThan(0);
            await body.CopyToAsync(Stream.Null);
        });

        (await failing).ShouldBeAssignableTo<IOException>();
    }

    [Fact]
    public async Task Who_goes_leaves_nothing_running()
    {
        await using var ledger = await CreateLargeAsync();

        using (var response = await ledger.Client.GetAsync(
            "/billing/audit/events", HttpCompletionOption.ResponseHeadersRead))
        {
            await using var body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[1000]);
            (await CopiesAsync(ledger)).ShouldBeGreaterThan(0);
        }

        await Eventually.HoldsAsync(async () => await CopiesAsync(ledger) == 0);
    }

    [Fact]
    public async Task Readers_past_the_bound_are_turned_away_and_let_in_once_others_are_done()
    {
        await using var ledger = await CreateLargeAsync();

        // At once: who doesn't read is cut off after a while, and makes room.
        var answers = await Task.WhenAll(Enumerable.Range(0, Http.RateLimits.EventReadsMax + 1).Select(
            _ => ledger.Client.GetAsync("/billing/audit/events", HttpCompletionOption.ResponseHeadersRead)));

        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(Http.RateLimits.EventReadsMax);
        var turnedAway = answers.Single(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        turnedAway.Headers.RetryAfter.ShouldNotBeNull();

        foreach (var answer in answers)
        {
            answer.Dispose();
        }

        await Eventually.HoldsAsync(async () =>
            (await ledger.Client.GetAsync("/billing/audit/events?from_position=3001")).StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_head_is_the_newest_block_and_signed_where_a_key_is_set()
    {
        var (privateKey, publicKey) = (In("private.pem"), In("public.pem"));
        await ProvingToOthers.MakeKeysAsync(privateKey, publicKey);
        await using var ledger = await LedgerHost.StartAsync(("ANCHOR_KEY_FILE", privateKey));
        (await ledger.Client.GetAsync("/billing/audit/head")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);

        var head = await ledger.Client.GetFromJsonAsync<JsonElement>("/billing/audit/head");

        head.GetProperty("block").GetInt64().ShouldBe(1);
        head.GetProperty("position").GetInt64().ShouldBe(2);
        head.GetProperty("hash").GetString().ShouldBe(
            await ledger.ScalarAsync<string>("select encode(hash, 'hex') from head"));
        head.GetProperty("time").GetDateTimeOffset().ShouldBe(
            new DateTimeOffset(await ledger.ScalarAsync<DateTime>("select recorded_at from head")));
        await File.WriteAllTextAsync(In("anchors"), head.GetProperty("anchor").GetString() + "\n");
        var (exitCode, output) = await ledger.RunAsync("verify", "--anchor", In("anchors"), "--public-key", publicKey);
        exitCode.ShouldBe(0, output);
    }

    [Fact]
    public async Task Without_a_key_the_head_is_not_signed()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();

        (await ledger.Client.GetFromJsonAsync<JsonElement>("/billing/audit/head"))
            .GetProperty("anchor").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Theory, InlineData("nowhere.pem"), InlineData("public.pem")]
    public async Task A_key_that_cannot_sign_stops_the_start(string file)
    {
        var output = new StringWriter();
        await ProvingToOthers.MakeKeysAsync(In("private.pem"), In("public.pem"));
        var settings = LedgerHost.Settings(
            "postgres://nobody@127.0.0.1:1/none", "nats://127.0.0.1:1", 1, ("ANCHOR_KEY_FILE", In(file)));

        (await CommandLine.RunAsync(Verbs.Create(settings), ["serve"], output, output)).ShouldBe(2);

        output.ToString().ShouldContain("ANCHOR_KEY_FILE");
    }

    [Fact]
    public async Task A_head_that_is_not_the_newest_block_is_not_shown_and_the_log_says_so()
    {
        using var log = new KeptLog();
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();
        ledger.LogAllTo(log);
        await ledger.ExecuteAsync("update head set hash = sha256('x')");

        var response = await ledger.Client.GetAsync("/billing/audit/head");

        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await response.Content.ReadAsStringAsync()).ShouldContain("ledger verify");
        log.Lines.ShouldContain(line => line.Contains("/billing/audit/head") && line.Contains("ProofException"));
    }

    [Fact]
    public async Task A_receipt_is_the_one_of_the_command_line_and_goes_to_its_customer_alone()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();
        var entry = await ledger.ScalarAsync<Guid>("select id from mt_events where seq_id = 5");

        var receipt = await ledger.Client.GetStringAsync($"/billing/entries/{entry}/receipt");

        receipt.ShouldBe((await ledger.RunAsync("receipt", $"{entry}")).Output);
        ReceiptText.Read(receipt).FindFault().ShouldBeNull();
        (await StatusAsync(ledger, $"/billing/entries/{entry}/receipt", "customer", "c")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(ledger, $"/billing/entries/{entry}/receipt", "auditor", "a")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(ledger, $"/billing/entries/{entry}/receipt", "customer", "d"))
            .ShouldBe(HttpStatusCode.NotFound);
        (await StatusAsync(ledger, $"/billing/entries/{Guid.NewGuid()}/receipt", "auditor", "a"))
            .ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_cannot_be_proven_gets_no_receipt()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();
        var entry = await ledger.ScalarAsync<Guid>("select id from mt_events where seq_id = 5");
        await ledger.ExecuteAsync("update mt_events set data = jsonb_set(data, '{amount}', '0') where seq_id = 5");

        var response = await ledger.Client.GetAsync($"/billing/entries/{entry}/receipt");

        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await response.Content.ReadAsStringAsync()).ShouldContain("ledger verify");
    }

    // More than all buffers on the way hold, so that who doesn't read keeps the database sending.
    private static async Task<LedgerHost> CreateLargeAsync()
    {
        const int Events = 3000;
        const int DataBytes = 60_000;
        var ledger = await LedgerHost.StartAsync();
        await ledger.ExecuteAsync($$"""
            set eventledger.ticket = 'test';
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp)
            select n, gen_random_uuid(), 'c', n, jsonb_build_object('s', repeat('x', {{DataBytes}})), 'large', now()
            from generate_series(1, {{Events}}) as n;
            update head set position = {{Events}}
            """);
        return ledger;
    }

    private static Task<long> CopiesAsync(LedgerHost ledger) => ledger.ScalarAsync<long>("""
        select count(*) from pg_stat_activity
        where datname = current_database() and query like 'copy (select%' and state = 'active'
        """);

    private static async Task<JsonElement[]> LinesAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, body);
        return [.. body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
    }

    private static async Task<HttpStatusCode> StatusAsync(
        LedgerHost ledger, string path, string role, string subject)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = ledger.Bearer(role, subject);
        return (await ledger.Client.SendAsync(request)).StatusCode;
    }

    private string In(string name) => Path.Combine(folder, name);
}
