using EventLedger.Ledger.Roles;
using EventLedger.Ledger.Settings;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests.Roles;

public class GrantingRights
{
    [Fact]
    public async Task Everything_in_the_schema_is_decided_on()
    {
        await using var ledger = await LedgerHost.StartAsync();

        var things = await ledger.ScalarAsync<string[]>("""
            select array_agg(thing) from (
                select case relkind when 'S' then 'sequence ' else 'table ' end || relname as thing from pg_class as c
                where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S', 'f')
                    and not relispartition
                    and not exists (select from pg_depend where objid = c.oid and deptype = 'i' and relkind = 'S')
                union all
                select 'function ' || oid::regprocedure from pg_proc
                where pronamespace = 'public'::regnamespace and prosecdef) as existing
            """);

        SchemaThing.All.Select(thing => thing.Name).ShouldBe(things, ignoreOrder: true);
    }

    [Theory]
    [InlineData("eventledger_writer")]
    [InlineData("eventledger_reader")]
    public async Task What_somebody_has_granted_or_revoked_is_put_right_and_what_is_not_ours_is_left_alone(string role)
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.ExecuteAsync($"""
            create table report (n int);
            grant select on report to {role};
            grant update, delete on blocks to {role};
            revoke select on mt_events from {role}
            """);

        (await MigrateAsync(ledger.OwnerUrl)).ShouldBe((0, "nothing to apply\n"));

        (await MayAsync(ledger, role, "report", "select")).ShouldBeTrue();
        (await MayAsync(ledger, role, "blocks", "update")).ShouldBeFalse();
        (await MayAsync(ledger, role, "blocks", "delete")).ShouldBeFalse();
        (await MayAsync(ledger, role, "mt_events", "select")).ShouldBeTrue();
    }

    [Fact]
    public async Task Ledgers_of_one_server_that_start_together_make_the_roles_once()
    {
        await using var cluster = await TestPostgres.StartClusterAsync();
        var databases = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(n => TestDatabase.CreateAsync(cluster, $"ledger_{n}")));

        var answers = await Task.WhenAll(databases.SelectMany(each => new[] { each, each })
            .Select(each => MigrateAsync(each.Url)));

        answers.ShouldAllBe(answer => answer.ExitCode == 0 && !answer.Output.Contains("Roles"));

        foreach (var database in databases)
        {
            await using var ledger = await LedgerHost.StartAsync(database);
            await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        }
    }

    [Fact]
    public async Task An_owner_who_may_make_no_roles_goes_on_and_says_what_somebody_else_has_to_run()
    {
        await using var cluster = await TestPostgres.StartClusterAsync();
        var database = await TestDatabase.CreateAsync(cluster, "managed");
        var owner = await Logins.CreateAsync(database, "owner");
        await using var administrator = Npgsql.NpgsqlDataSource.Create(database.ConnectionString);
        await administrator.ExecuteAsync("alter database managed owner to owner");

        var (exitCode, output) = await MigrateAsync(owner);

        exitCode.ShouldBe(0);
        var byHand = output.Split('\n').Where(line => line.EndsWith(';')).ToArray();
        byHand.ShouldBe(["  create role eventledger_writer nologin;", "  create role eventledger_reader nologin;"]);

        await administrator.ExecuteAsync(string.Concat(byHand));
        (await MigrateAsync(owner)).ShouldBe((0, "nothing to apply\n"));
        await using var ledger = await LedgerHost.StartAsync(database);
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task A_schema_of_its_own_is_opened_to_the_roles_and_where_its_owner_has_to_do_that_it_is_said()
    {
        await using var cluster = await TestPostgres.StartClusterAsync();
        var database = await TestDatabase.CreateAsync(cluster, "shared");
        var owner = await Logins.CreateAsync(database, "owner", "createrole");
        await using var administrator = Npgsql.NpgsqlDataSource.Create(database.ConnectionString);
        await administrator.ExecuteAsync("create schema billing; grant all on schema billing to owner");
        var url = $"{owner}?Search%20Path=billing";

        var (_, output) = await MigrateAsync(url);

        output.ShouldContain("  grant usage on schema billing to eventledger_writer;");
        await administrator.ExecuteAsync("""
            grant usage on schema billing to eventledger_writer; grant usage on schema billing to eventledger_reader
            """);
        (await MigrateAsync(url)).ShouldBe((0, "nothing to apply\n"));
        await using var reader = Npgsql.NpgsqlDataSource.Create(
            $"{database.ConnectionString};Search Path=billing;Username=reader");
        await Logins.CreateAsync(database, "reader", "in role eventledger_reader");
        (await reader.ScalarAsync<long>("select position from head")).ShouldBe(0);
    }

    [Fact]
    public async Task A_service_that_may_not_migrate_waits_for_who_may()
    {
        await using var known = await TestPostgres.CreateDatabaseAsync();
        await Logins.WriterAsync(known);
        await using var database = await TestPostgres.CreateDatabaseAsync();
        var writer = await Logins.CreateAsync(database, "login_of_eventledger_writer");

        var (exitCode, output) = await MigrateAsync(writer);
        exitCode.ShouldBe(1);
        output.ShouldContain("lacks migration 1");
        output.ShouldContain("'ledger migrate' as the owner");

        await using var nats = await TestNats.StartAsync();
        await using var application = LedgerApplication.Build(
            LedgerHost.Settings(writer, nats.Url, FreePort.Next(), ("JWT_SECRET", LedgerHost.Secret)));
        var setup = (SchemaSetup)application.Services.GetService(typeof(SchemaSetup))!;
        await application.StartAsync();
        (await MigrateAsync(database.Url)).ExitCode.ShouldBe(0);
        await setup.Applied.WaitAsync(TimeSpan.FromSeconds(30));
        await application.StopAsync();
    }

    private static Task<(int ExitCode, string Output)> MigrateAsync(string url) =>
        LedgerHost.RunAsync(new LedgerSettings(name => name == "DATABASE_URL" ? url : null), "migrate");

    private static Task<bool> MayAsync(LedgerHost ledger, string role, string table, string privilege) =>
        ledger.ScalarAsync<bool>($"select has_table_privilege('{role}', '{table}', '{privilege}')");
}
