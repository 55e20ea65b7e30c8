using EventLedger.Ledger.Roles;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.Ledger.Tests.Roles;

/// <summary>What has been written stays, whatever is tried by who may write, or read.</summary>
public class RefusingWriters
{
    private static readonly (string Table, string Column)[] History =
    [
        ("mt_events", "data"), ("mt_events_000000", "data"), ("event_ids", "position"), ("blocks", "hash"),
        ("dead_letters", "body"), ("dead_letter_settlements", "note"),
    ];

    private static readonly string[] Orders =
    [
        "update {0} set {1} = {1}",
        "delete from {0}",
        "truncate {0}",
        "drop table {0}",
        "alter table {0} add n int",
        "alter table {0} disable trigger all",
        "alter table {0} owner to current_user",
        "alter table mt_events detach partition mt_events_000000",
        "create rule nothing as on insert to {0} do instead nothing",
        "create trigger nothing before insert on {0} execute function refuse_foreign_insert()",
        "do $$ begin lock table {0} in access exclusive mode; end $$",
    ];

    private static readonly string[] Elsewhere =
    [
        "drop trigger refuse_foreign_insert on mt_events",
        "drop function seal_block(bigint, bigint, bigint, bigint, bytea)",
        "create or replace function refuse_foreign_insert() returns trigger language sql as 'select null'",
        "set session_replication_role = replica",
        "set role eventledger",
        "create table mine (n int)",
        "insert into schema_migrations (number, name, checksum) values (99, 'later', '')",
        "insert into mt_events_000000 select * from mt_events",
        "delete from head",
        "delete from accounts",
    ];

    [Fact]
    public async Task History_is_neither_changed_nor_removed_by_who_may_write()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await broker.PublishAsync("not json");
        await Eventually.BecomesAsync(ledger.DeadLettersAsync, letters => letters.Length == 1);
        await ledger.PostAsync("/billing/dead-letters/1/discard", """{"reason":"a test's"}""", 200);
        await using var writer = EventStore.Schema.DatabaseUrl.Open(ledger.DatabaseUrl, "tests");

        var orders =
            from history in History
            from order in Orders
            select string.Format(order, history.Table, history.Column);

        foreach (var sql in orders.Concat(Elsewhere))
        {
            await ShouldRefuseAsync(writer, sql);
        }

        (await ledger.ScalarAsync<long>("select count(*) from dead_letter_settlements")).ShouldBe(1);
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task Who_may_write_adds_events_by_the_append_alone()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await using var writer = EventStore.Schema.DatabaseUrl.Open(ledger.DatabaseUrl, "tests");

        var refused = await Should.ThrowAsync<PostgresException>(() => writer.ExecuteAsync(
            "insert into mt_events select * from mt_events"));

        refused.SqlState.ShouldBe("EL001");
    }

    [Fact]
    public async Task Who_may_read_changes_nothing()
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        await using var reader = EventStore.Schema.DatabaseUrl.Open(await Logins.ReaderAsync(database), "tests");

        // Into the others nobody may write.
        var written = SchemaThing.All.Where(thing => thing.WriterMay.Contains("insert") || thing.Name == "table head");

        foreach (var table in written.Select(thing => thing.Name["table ".Length..]))
        {
            await ShouldRefuseAsync(reader, $"insert into {table} default values");
            await ShouldRefuseAsync(reader, $"select from {table} for update");
            await ShouldRefuseAsync(reader, $"delete from {table}");
            await ShouldRefuseAsync(reader, $"do $$ begin lock table {table} in row exclusive mode; end $$");
        }

        foreach (var sql in Elsewhere.Concat(
            ["select nextval('mt_events_sequence')", "select create_event_partition(9)", "truncate balances_by_sql"]))
        {
            await ShouldRefuseAsync(reader, sql);
        }
    }

    private static async Task ShouldRefuseAsync(NpgsqlDataSource database, string sql)
    {
        var refused = await Should.ThrowAsync<PostgresException>(() => database.ExecuteAsync(sql), sql);
        refused.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege, $"{sql}: {refused.MessageText}");
    }
}
