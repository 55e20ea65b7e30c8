using EventLedger.Accounts;
using EventLedger.EventStore;
using EventLedger.Projections.Accounts;
using EventLedger.Projections.Balances;
using Npgsql;

namespace EventLedger.Projections.Tests;

public class KeepingBalances
{
    [Fact]
    public async Task Each_change_is_answered_with_the_balance_right_after_it()
    {
        await using var database = await ProjectionDatabase.CreateAsync();
        await database.ApplyAsync(Change("a", -10, 1));

        var after = await database.ApplyAsync(
            Change("a", -1, 2), Change("b", -5, 3), Change("a", -2, 4), Change("a", +20, 5), Change("b", -6, 6));

        after.ShouldBe([-11, -5, -13, 7, -11]);
    }

    [Fact]
    public async Task Sums_entries_and_the_last_position_are_kept_for_each_asset()
    {
        await using var database = await ProjectionDatabase.CreateAsync();
        await OpenAsync(database, "a");
        await database.ApplyAsync(Change("a", -10, 2), Change("a", -100, 3) with { Asset = "USD/2" });
        await database.ApplyAsync(Change("a", -5, 4));

        var balances = await new BalanceQueries(database.Source).FindAsync("a", CancellationToken.None);

        balances.ShouldBe([new("OMR/6", -15, 2, 4), new("USD/2", -100, 1, 3)]);
    }

    [Fact]
    public async Task An_account_without_entries_is_known_and_another_is_not()
    {
        await using var database = await ProjectionDatabase.CreateAsync();
        await OpenAsync(database, "a");
        var queries = new BalanceQueries(database.Source);

        (await queries.FindAsync("a", CancellationToken.None)).ShouldBe([]);
        (await queries.FindAsync("b", CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_balance_never_leaves_64_bits()
    {
        await using var database = await ProjectionDatabase.CreateAsync();
        await database.ApplyAsync(Change("a", long.MinValue, 1));

        (await Should.ThrowAsync<PostgresException>(() => database.ApplyAsync(Change("a", -1, 2))))
            .SqlState.ShouldBe(PostgresErrorCodes.NumericValueOutOfRange);
        await Should.ThrowAsync<OverflowException>(
            () => database.ApplyAsync(Change("b", long.MinValue, 2), Change("b", -1, 3)));
        (await database.ApplyAsync(Change("a", +1, 4))).ShouldBe([long.MinValue + 1]);
    }

    [Fact]
    public async Task Nothing_changes_nothing()
    {
        await using var database = await ProjectionDatabase.CreateAsync();

        (await database.ApplyAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_account_is_loaded_with_its_tenant()
    {
        await using var database = await ProjectionDatabase.CreateAsync();
        await OpenAsync(database, "a");

        var accounts = new Dictionary<string, Account>();
        await using var store = new PostgresEventStore(database.Source);
        await using var append = await store.BeginAsync(CancellationToken.None);
        await append.LockAsync([], [], CancellationToken.None, AccountProjection.Load(["a", "b"], accounts));

        accounts.ShouldBe([new("a", new Account("tenant-acme"))]);
    }

    private static Task<int> OpenAsync(ProjectionDatabase database, string customer) =>
        database.InTransactionAsync(async connection =>
        {
            await AccountProjection.OpenAsync(
                [(customer, new AccountOpened("tenant-acme", "usage"))], connection, CancellationToken.None);
            return 1;
        });

    private static BalanceChange Change(string customer, long amount, long position) =>
        new(customer, "OMR/6", amount, position);
}
