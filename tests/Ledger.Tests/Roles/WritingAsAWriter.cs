using EventLedger.EventStore.Schema;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests.Roles;

/// <summary>What a writer needs the owner's rights for; all else that the tests do, they do as a writer.</summary>
public class WritingAsAWriter
{
    [Fact]
    public async Task The_next_partition_is_made_by_the_owner_s_function()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.ExecuteAsync("select setval('mt_events_sequence', 7000000)");

        await Eventually.HoldsAsync(
            async () => (await ledger.RecordAsync(Envelopes.Of("c", "r"))).IsSuccessStatusCode);

        (await ledger.ScalarAsync<string>("""
            select pg_get_userbyid(relowner)::text from pg_class where relname = 'mt_events_000007'
            """)).ShouldBe("eventledger");
        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task That_function_heeds_no_table_that_the_caller_puts_in_its_way()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var writer = DatabaseUrl.Open(ledger.DatabaseUrl, "tests");

        await writer.ExecuteAsync("""
            create temp table mt_events (like mt_events) partition by range (seq_id);
            select create_event_partition(9)
            """);

        (await ledger.ScalarAsync<bool>("""
            select exists (select from pg_inherits
                where inhrelid = 'mt_events_000009'::regclass and inhparent = 'public.mt_events'::regclass)
            """)).ShouldBeTrue();
    }

    [Fact]
    public async Task An_export_is_imported_into_a_database_that_its_owner_has_migrated()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        var file = Path.Combine(TestFolder.Make("import"), "ledger.ndjson");
        await ledger.RunAsync("export", file);
        await using var database = await TestPostgres.CreateDatabaseAsync();
        var writer = LedgerHost.Settings(await Logins.WriterAsync(database), ledger.Nats.Url, port: 1);

        var (exitCode, output) = await LedgerHost.RunAsync(writer, "import", file);

        exitCode.ShouldBe(0, output);
        (await LedgerHost.RunAsync(writer, "verify")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Views_are_made_anew_and_put_right()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await ledger.RolledUpAsync();
        await ledger.ExecuteAsync("update balances set balance = 7; update statement_totals set entries = 7");

        (await ledger.RunAsync("rebuild", "all", "--check", "--restart", "--swap")).ExitCode.ShouldBe(0);

        (await ledger.RunAsync("rebuild", "all")).ExitCode.ShouldBe(0);
        await ledger.ShouldVerifyAsync();
    }
}
