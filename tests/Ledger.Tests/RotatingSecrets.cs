using System.Net;
using System.Net.Http.Headers;
using EventLedger.Embedded.Postgres;
using EventLedger.Hosting.Secrets;
using EventLedger.Ledger.Cli;
using EventLedger.Ledger.Http;
using EventLedger.Ledger.Settings;
using EventLedger.Ledger.Tests.Nodes;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace EventLedger.Ledger.Tests;

public class RotatingSecrets
{
    private const string Old = LedgerHost.Secret;
    private const string New = "another secret of the tests, as long";

    private readonly string file = Path.Combine(TestFolder.Make("secrets"), "secret");

    [Fact]
    public async Task A_token_of_the_old_key_passes_while_both_keys_are_there_and_never_after()
    {
        await File.WriteAllTextAsync(file, $"{Old}\n");
        await using var ledger = await LedgerHost.StartAsync(("JWT_SECRET", ""), ("JWT_SECRET_FILE", file));
        var (byOld, byNew) = (Token(Old), Token(New));
        (await StatusAsync(ledger, byOld)).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(ledger, byNew)).ShouldBe(HttpStatusCode.Unauthorized);

        await File.WriteAllTextAsync(file, $"{New}\n{Old}\n");
        await Eventually.HoldsAsync(async () => await StatusAsync(ledger, byNew) == HttpStatusCode.OK);
        (await StatusAsync(ledger, byOld)).ShouldBe(HttpStatusCode.OK);

        // A remembered token would pass for a minute; this is over long before.
        await File.WriteAllTextAsync(file, New);
        await Eventually.HoldsAsync(async () => await StatusAsync(ledger, byOld) == HttpStatusCode.Unauthorized);
        (await StatusAsync(ledger, byNew)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Nodes_are_let_in_by_the_secret_that_the_file_has_now()
    {
        await File.WriteAllTextAsync(file, "the first one");
        await using var ledger = await LedgerHost.StartAsync(("ADMIN_SECRET_FILE", file), ("HERO_NODE_ID", "node-a"));
        await ledger.RecordUsageAsync(NodeUsage.Of("k-1"), 200, "the first one");

        await File.WriteAllTextAsync(file, "the second one");
        await Eventually.HoldsAsync(async () => await AskAsync("the second one") != HttpStatusCode.Forbidden);
        (await AskAsync("the first one")).ShouldBe(HttpStatusCode.Forbidden);

        await File.WriteAllTextAsync(file, "");
        // Nothing shows that it was read again: it has to be due.
        await Elapse.ForAsync(Reread<byte[]>.Interval);
        (await AskAsync("the second one")).ShouldNotBe(HttpStatusCode.Forbidden);

        File.Delete(file);
        (await AskAsync("the second one")).ShouldNotBe(HttpStatusCode.Forbidden);

        async Task<HttpStatusCode> AskAsync(string secret)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/record_usage")
            {
                Content = new StringContent("{}", null, "application/json"),
                Headers = { { AdminSecret.Header, secret } },
            };
            return (await ledger.Client.SendAsync(request)).StatusCode;
        }
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_leaves_the_keys_before_it()
    {
        await File.WriteAllTextAsync(file, Old);
        await using var ledger = await LedgerHost.StartAsync(("JWT_SECRET", ""), ("JWT_SECRET_FILE", file));
        using var log = new KeptLog();
        ledger.LogAllTo(log);
        await File.WriteAllTextAsync(file, "short");

        await Eventually.HoldsAsync(async () =>
            await StatusAsync(ledger, Token(Old)) == HttpStatusCode.OK
            && log.Lines.Any(line => line.Contains("so the last one counts: JWT_SECRET has 5 bytes")));
        log.Lines.ShouldNotContain(line => line.Contains("short"));
    }

    [Fact]
    public void The_first_key_signs()
    {
        File.WriteAllText(file, $"\n  {New}  \n\n{Old}\n");

        var settings = new LedgerSettings(name => name == "JWT_SECRET_FILE" ? file : null);

        settings.TokenSecret.ShouldBe(System.Text.Encoding.UTF8.GetBytes(New));
        settings.TokenSecrets.Count.ShouldBe(2);
    }

    [Theory, InlineData(0), InlineData(LedgerSettings.SecretsMax + 1)]
    public void No_key_and_more_than_the_most_are_refused(int count)
    {
        File.WriteAllLines(file, Enumerable.Repeat(Old, count));

        Should.Throw<SettingException>(
            () => new LedgerSettings(name => name == "JWT_SECRET_FILE" ? file : null).TokenSecrets);
    }

    [Fact]
    public void A_value_is_read_again_once_an_interval_and_not_before()
    {
        var clock = new SteppedClock();
        var reads = 0;
        var value = new Reread<string>(() => $"{++reads}", clock, NullLogger.Instance);

        value.Current.ShouldBe("1");
        value.Current.ShouldBe("1");
        clock.Now += Reread<string>.Interval.Ticks;
        value.Current.ShouldBe("2");
        value.Current.ShouldBe("2");
    }

    [Fact]
    public async Task New_connections_to_the_database_log_in_with_the_password_of_now()
    {
        await using var cluster = await TestPostgres.StartClusterAsync();
        await using var owner = NpgsqlDataSource.Create(cluster.ConnectionString("postgres"));
        await ExecuteAsync(owner, "create role rotated login password 'old'");
        await AskForPasswordsAsync(cluster, owner);
        await File.WriteAllTextAsync(file, UrlOf(cluster, "old"));
        await using var database = new LedgerSettings(name => name == "DATABASE_URL_FILE" ? file : null).OpenDatabase();
        await using var held = await database.OpenConnectionAsync();

        await ExecuteAsync(owner, "alter role rotated password 'new'");
        var refused = await Should.ThrowAsync<PostgresException>(async () => await database.OpenConnectionAsync());
        refused.SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);

        await File.WriteAllTextAsync(file, UrlOf(cluster, "new"));
        await using var next = await database.OpenConnectionAsync();
        await File.WriteAllTextAsync(file, "");
        await using var meanwhile = await database.OpenConnectionAsync();
        File.Delete(file);
        await using var later = await database.OpenConnectionAsync();
        await using var question = new NpgsqlCommand("select 1", held);
        (await question.ExecuteScalarAsync()).ShouldBe(1);
    }

    private static string UrlOf(PrivatePostgres cluster, string password) =>
        $"postgres://rotated:{password}@127.0.0.1:{cluster.Port}/postgres";

    private static async Task AskForPasswordsAsync(PrivatePostgres cluster, NpgsqlDataSource owner)
    {
        var rules = Path.Combine(cluster.Folder, "data", "pg_hba.conf");
        var others = await File.ReadAllTextAsync(rules);
        await File.WriteAllTextAsync(rules, $"host all rotated 127.0.0.1/32 scram-sha-256\n{others}");
        await ExecuteAsync(owner, "select pg_reload_conf()");
        await Eventually.HoldsAsync(async () =>
        {
            await using var count = owner.CreateCommand(
                "select count(*) from pg_hba_file_rules where 'rotated' = any(user_name)");
            return await count.ExecuteScalarAsync() is 1L;
        });
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static string Token(string secret) => TokenCommand.Make(
        new LedgerSettings(name => name == "JWT_SECRET" ? secret : null), "superadmin", "tester",
        TimeSpan.FromHours(1));

    private static async Task<HttpStatusCode> StatusAsync(LedgerHost ledger, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/billing/dead-letters");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await ledger.Client.SendAsync(request);
        return answer.StatusCode;
    }

    private sealed class SteppedClock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
