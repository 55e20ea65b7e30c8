using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventLedger.Ledger.Intake;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.Ledger.Tests;

public class SettlingDeadLetters
{
    private const string Waited = "no account was opened for its customer";

    [Fact]
    public async Task One_whose_trouble_is_over_is_booked_the_ordinary_way_and_once()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        var id = await GiveUpOnAsync(ledger, broker, Envelopes.Of("late", "r", micro: -5, tenant: null));

        (await SettleAsync(ledger, id, "retry", 422)).GetProperty("error").GetString()!.ShouldContain("late");
        (await ledger.DeadLettersAsync()).Length.ShouldBe(1);
        (await ledger.ScalarAsync<long>("select count(*) from waiting")).ShouldBe(0);

        await ledger.RecordAsync(Envelopes.Of("late", "opens", micro: -1), 200);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SettleAsync(ledger, id, "retry", 200)));

        answers.Select(answer => answer.GetProperty("ledger_entry_id").GetGuid()).Distinct().Count().ShouldBe(1);
        answers[0].GetProperty("status").GetString().ShouldBe("booked");
        answers[0].GetProperty("settled_by").GetString().ShouldBe("tester");
        (await ledger.BalanceAsync("late"))!.Value.GetProperty("balance_micro_omr").GetInt64().ShouldBe(-6);
        (await ledger.DeadLettersAsync()).ShouldBeEmpty();
        (await SettleAsync(ledger, id, "discard", 409)).GetProperty("error").GetString()!.ShouldContain("booked");
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task One_that_was_booked_otherwise_meanwhile_is_settled_without_a_second_charge()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        var id = await GiveUpOnAsync(ledger, broker, Envelopes.Of("late", "r", micro: -5, tenant: null));
        var first = await ledger.RecordAsync(Envelopes.Of("late", "opens", micro: -1), 200);
        first = await ledger.RecordAsync(Envelopes.Of("late", "r", micro: -5, tenant: null), 200);

        (await SettleAsync(ledger, id, "retry", 200)).GetProperty("ledger_entry_id").GetGuid()
            .ShouldBe(first.GetProperty("ledger_entry_id").GetGuid());

        (await ledger.BalanceAsync("late"))!.Value.GetProperty("balance_micro_omr").GetInt64().ShouldBe(-6);
    }

    [Fact]
    public async Task What_can_t_be_booked_stays_with_its_first_reason()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        await broker.PublishAsync("not json");
        await broker.PublishAsync(Envelopes.Of("full", "r-1", micro: long.MinValue));
        await broker.PublishAsync(Envelopes.Of("full", "r-2", micro: -1));
        var letters = await Eventually.BecomesAsync(ledger.DeadLettersAsync, letters => letters.Length == 2);

        foreach (var letter in letters)
        {
            await SettleAsync(ledger, letter.GetProperty("id").GetString()!, "retry", 422);
        }

        (await ledger.DeadLettersAsync()).Select(letter => letter.GetProperty("reason").GetString())
            .ShouldBe(letters.Select(letter => letter.GetProperty("reason").GetString()));
        (await ledger.BalanceAsync("full"))!.Value.GetProperty("entries").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task One_is_given_up_for_a_reason_that_is_kept_and_never_booked_then()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await AddAsync(ledger, "a reason", "gateway-1");

        foreach (var nothing in (string[])
            [
                """{"reason":" "}""", "{}", """{"reason":"r","by":"me"}""", """{"reason":"\u0000"}""",
                $$"""{"reason":"{{new string('r', 8193)}}"}""",
            ])
        {
            await SettleAsync(ledger, "1", "discard", 400, nothing);
        }

        var discarded = await SettleAsync(ledger, "1", "discard", 200);
        discarded.GetProperty("status").GetString().ShouldBe("discarded");
        discarded.GetProperty("note").GetString().ShouldBe("a test's");
        (await SettleAsync(ledger, "1", "discard", 200)).GetProperty("settled_at").GetDateTimeOffset()
            .ShouldBe(discarded.GetProperty("settled_at").GetDateTimeOffset());
        await SettleAsync(ledger, "1", "discard", 409, """{"reason":"another"}""");
        await SettleAsync(ledger, "1", "retry", 409);
        await SettleAsync(ledger, "2", "retry", 404);
        await SettleAsync(ledger, "2", "discard", 404);
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("?status=all", 3)]
    [InlineData("?status=discarded", 1)]
    [InlineData("?reason=json", 1)]
    [InlineData("?reason=%25", 0)]
    [InlineData("?source=gateway-2", 1)]
    [InlineData("?from=2026-11-02T00:00:00Z", 1)]
    [InlineData("?to=2026-11-02T00:00:00Z", 1)]
    public async Task They_are_found_by_reason_source_time_and_status(string query, int count)
    {
        await using var ledger = await LedgerHost.StartAsync();
        await AddAsync(ledger, "not json", "gateway-1");
        await AddAsync(ledger, "no customer", "gateway-2");
        await AddAsync(ledger, "no customer", "gateway-1");
        await ledger.ExecuteAsync(
            "update dead_letters set received_at = '2026-11-01Z'::timestamptz + id * '12h'::interval");
        await SettleAsync(ledger, "3", "discard", 200);

        var page = await ledger.Client.GetFromJsonAsync<JsonElement>($"/billing/dead-letters{query}");

        page.GetProperty("items").GetArrayLength().ShouldBe(count);
    }

    [Theory]
    [InlineData("?status=some", "status: ")]
    [InlineData("?from=soon", "from: ")]
    [InlineData("?to=01/11/2026", "to: ")]
    [InlineData("?after=x", "after: ")]
    [InlineData("?reason=%00", "")]
    public async Task What_is_no_filter_is_refused(string query, string error)
    {
        await using var ledger = await LedgerHost.StartAsync();

        var response = await ledger.Client.GetAsync($"/billing/dead-letters{query}");

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.Content.ReadFromJsonAsync<JsonElement>()).Error().ShouldStartWith(error);
    }

    [Fact]
    public async Task Only_operators_may_settle_them()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await AddAsync(ledger, "a reason", "gateway-1");
        ledger.Client.DefaultRequestHeaders.Authorization = ledger.Bearer("auditor");

        await SettleAsync(ledger, "1", "retry", 403);
        await SettleAsync(ledger, "1", "discard", 403);
    }

    [Theory]
    [InlineData("""{"metadata":{"source":"gateway-1"},"customer_id":7}""", "gateway-1")]
    [InlineData("""{"source":"elsewhere","metadata":{"x":{"source":"deeper"}}}""", null)]
    [InlineData("""{"metadata":{"source":7}}""", null)]
    [InlineData("""{"metadata":{"source":"a\u0000b"}}""", null)]
    [InlineData("""{"metadata":{"source":"\ud800"}}""", null)]
    [InlineData("not json", null)]
    public async Task The_producer_is_known_where_the_bytes_tell_it(string body, string? source)
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        await broker.PublishAsync(body);

        var letters = await Eventually.BecomesAsync(ledger.DeadLettersAsync, letters => letters.Length == 1);

        letters[0].GetProperty("source").GetString().ShouldBe(source);
    }

    [Fact]
    public async Task The_command_line_lists_shows_books_and_discards_them()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        var id = await GiveUpOnAsync(ledger, broker, Envelopes.Of("late", "r", micro: -5, tenant: null));
        await AddAsync(ledger, "not json", "gateway-2");

        (await ledger.RunAsync("dead-letters", "list")).Output.Split('\n').Length.ShouldBe(4);
        (await ledger.RunAsync("dead-letters", "list", "--source", "gateway-2")).Output.ShouldContain("not json");
        (await ledger.RunAsync("dead-letters", "list", "--reason", "opened", "--after", id)).Output
            .ShouldNotContain(Waited);
        (await ledger.RunAsync("dead-letters", "show", id)).Output.ShouldContain("\"customer_id\":\"late\"");
        (await ledger.RunAsync("dead-letters", "retry", id)).ExitCode.ShouldBe(1);
        await ledger.RecordAsync(Envelopes.Of("late", "opens", micro: -1), 200);
        (await ledger.RunAsync("dead-letters", "retry", id)).Output.ShouldContain("status      booked");
        var (exitCode, output) = await ledger.RunAsync("dead-letters", "discard", "2", "--reason", "a test's");
        exitCode.ShouldBe(0, output);
        output.ShouldContain("note        a test's");
        (await ledger.RunAsync("dead-letters", "show", "99")).ExitCode.ShouldBe(1);
        (await ledger.RunAsync("dead-letters", "discard", "2")).ExitCode.ShouldBe(2);
        (await ledger.RunAsync("dead-letters", "discard", "2", "--reason", " ")).ExitCode.ShouldBe(2);
        (await ledger.BalanceAsync("late"))!.Value.GetProperty("balance_micro_omr").GetInt64().ShouldBe(-6);
    }

    [Fact]
    public async Task So_many_are_settled_at_once_so_many_wait_and_the_others_are_turned_away()
    {
        const int TurnedAway = 5;
        const int Letters = DeadLetterDesk.AtOnceMax + DeadLetterDesk.WaitingMax + TurnedAway;
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("late", "opens", micro: -1), 200);
        await ledger.ExecuteAsync($$"""
            insert into dead_letters (reason, body, published_at, stream_sequence)
            select 'a reason', convert_to(replace('{{Envelopes.Of("late", "N", micro: -5)}}', '"N"', '"' || n || '"'),
                'UTF8'), now(), n
            from generate_series(1, {{Letters}}) as n
            """);
        await using var holder = await ledger.Sql.OpenConnectionAsync();
        await using var hold = await holder.BeginTransactionAsync();
        await using var take = new NpgsqlCommand("select from mt_streams where id = 'late' for update", holder);
        await take.ExecuteNonQueryAsync();

        var answers = Enumerable.Range(1, Letters)
            .Select(id => ledger.Client.PostAsync($"/billing/dead-letters/{id}/retry", content: null)).ToArray();
        await Eventually.HoldsAsync(() => answers.Count(answer => answer.IsCompleted) == TurnedAway);

        await Eventually.BecomesAsync(
            () => ledger.ScalarAsync<long>("""
                select count(*) from pg_stat_activity where datname = current_database()
                    and state = 'idle in transaction' and query like '%from dead_letter_fates%'
                """),
            settling => settling == DeadLetterDesk.AtOnceMax);
        (await ledger.MicroBalanceAsync("late")).ShouldBe(-1);
        await hold.RollbackAsync();

        var turnedAway = (await Task.WhenAll(answers)).Where(answer => !answer.IsSuccessStatusCode).ToArray();
        turnedAway.Length.ShouldBe(TurnedAway);
        turnedAway.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable
            && answer.Headers.RetryAfter != null);
        (await ledger.MicroBalanceAsync("late")).ShouldBe(-1 - (5 * (Letters - TurnedAway)));
    }

    [Fact]
    public async Task The_highest_number_that_there_can_be_is_looked_for_like_any_other()
    {
        await using var ledger = await LedgerHost.StartAsync();

        await SettleAsync(ledger, $"{long.MaxValue}", "retry", 404);
    }

    [Fact]
    public async Task The_command_line_prints_nothing_that_moves_the_cursor()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.ExecuteAsync("""
            insert into dead_letters (reason, body, published_at, stream_sequence, source)
            values (e'no\x1b[2Jreason', convert_to(e'not\x1b[2J\njson', 'UTF8'), now(), 1, e'gate\nway')
            """);

        var listed = (await ledger.RunAsync("dead-letters", "list")).Output;
        var shown = (await ledger.RunAsync("dead-letters", "show", "1")).Output;

        (listed + shown).ShouldNotContain('\u001b');
        listed.Split('\n').Length.ShouldBe(3);
        shown.ShouldContain("body        not\uFFFD[2J\uFFFDjson");
    }

    [Fact]
    public async Task The_command_line_says_where_it_goes_on()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.ExecuteAsync("""
            insert into dead_letters (reason, body, published_at, stream_sequence)
            select 'a reason', 'bytes', now(), n from generate_series(1, 101) as n
            """);

        (await ledger.RunAsync("dead-letters", "list")).Output.ShouldContain("there are more: --after 100\n");
        (await ledger.RunAsync("dead-letters", "list", "--after", "100")).Output.ShouldNotContain("there are more");
    }

    // As if its day of waiting was over.
    private static async Task<string> GiveUpOnAsync(LedgerHost ledger, Producer broker, string envelope)
    {
        await broker.PublishAsync(envelope);
        await broker.EverythingIsAcknowledgedAsync();
        await ledger.ExecuteAsync(
            "update waiting set received_at = now() - interval '24 hours', next_attempt_at = now()");
        var letters = await Eventually.BecomesAsync(ledger.DeadLettersAsync, letters => letters.Length == 1);
        letters[0].GetProperty("reason").GetString()!.ShouldContain(Waited);
        return letters[0].GetProperty("id").GetString()!;
    }

    private static Task AddAsync(LedgerHost ledger, string reason, string source) => ledger.ExecuteAsync($"""
        insert into dead_letters (reason, body, published_at, stream_sequence, source)
        select '{reason}', 'bytes', now(), count(*), '{source}' from dead_letters
        """);

    private static async Task<JsonElement> SettleAsync(
        LedgerHost ledger, string id, string order, int status, string body = """{"reason":"a test's"}""")
    {
        using var content = order == "discard" ? new StringContent(body, null, "application/json") : null;
        var response = await ledger.Client.PostAsync($"/billing/dead-letters/{id}/{order}", content);
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        return text.Length == 0 ? default : JsonElement.Parse(text);
    }
}
