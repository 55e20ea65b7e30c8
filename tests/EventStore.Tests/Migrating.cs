using EventLedger.EventStore.Schema;
using EventLedger.Testing;

namespace EventLedger.EventStore.Tests;

public class Migrating
{
    private static readonly Migration First = new(1, "first", "create table one (n int)");
    private static readonly Migration Second = new(2, "second", "create table two (n int)");

    [Fact]
    public async Task Steps_are_applied_once_each_also_by_processes_that_start_together()
    {
        await using var test = await TestPostgres.CreateDatabaseAsync();
        await using var database = DatabaseUrl.Open(test.Url, "tests");

        var applied = await Task.WhenAll(Enumerable.Range(0, 4).Select(
            _ => new Migrator(database, [Second, First]).MigrateAsync(CancellationToken.None)));

        applied.SelectMany(steps => steps).Select(step => step.Number).ShouldBe([1, 2], ignoreOrder: true);
        (await new Migrator(database, [First, Second]).MigrateAsync(CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_database_of_a_later_version_is_refused()
    {
        await using var test = await TestPostgres.CreateDatabaseAsync();
        await using var database = DatabaseUrl.Open(test.Url, "tests");
        await new Migrator(database, [First, Second]).MigrateAsync(CancellationToken.None);

        var refused = await Should.ThrowAsync<SchemaMismatchException>(
            () => new Migrator(database, [First]).MigrateAsync(CancellationToken.None));

        refused.Message.ShouldContain("migration 2");
    }

    [Fact]
    public async Task A_step_that_was_edited_after_it_was_applied_is_refused()
    {
        await using var test = await TestPostgres.CreateDatabaseAsync();
        await using var database = DatabaseUrl.Open(test.Url, "tests");
        await new Migrator(database, [First]).MigrateAsync(CancellationToken.None);

        var refused = await Should.ThrowAsync<SchemaMismatchException>(
            () => new Migrator(database, [First with { Sql = "select 1" }]).MigrateAsync(CancellationToken.None));

        refused.Message.ShouldContain("Migration 1");
    }
}
