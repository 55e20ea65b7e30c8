using EventLedger.Projections.Entries;
using EventLedger.Projections.Statements;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.Projections.Tests;

public class ReadingStatements
{
    private const int Hours = 7;
    private const int Blocks = 60;

    [Theory, MemberData(nameof(Seeds))]
    public async Task Opening_and_entries_give_closing_between_any_times_however_far_the_roll_up_is(int seed)
    {
        var random = new Random(seed);
        await using var history = await History.CreateRandomAsync(random, Blocks);
        await history.SpreadAsync(Hours);
        var entries = await ReadEntriesAsync(history);

        for (var range = 0; range < 30; range++)
        {
            await RollSomeAsync(history, random);
            var from = AnyTime(random);
            var to = from + (random.Next(3) == 0 ? TimeSpan.Zero : TimeSpan.FromMinutes(random.Next(20_000)));
            var customer = $"c-{random.Next(9)}";

            var statement = await new StatementQueries(history.Database)
                .ReadAsync(customer, from, to, CancellationToken.None);

            var own = entries.Where(entry => entry.Customer == customer).ToArray();
            var why = $"seed {seed}, {customer} from {from:O} to {to:O}";
            Sums(statement.Totals).ShouldBe(Sums(own.Where(entry => entry.Time >= from && entry.Time < to)), why);
            Nonzero(statement.Opening).ShouldBe(Balances(own.Where(entry => entry.Time < from)), why);
            Nonzero(statement.Closing).ShouldBe(Balances(own.Where(entry => entry.Time < to)), why);
            Nonzero(await AddEntriesAsync(history, customer, statement)).ShouldBe(Nonzero(statement.Closing), why);
        }
    }

    [Fact]
    public async Task What_was_just_recorded_is_in_it_before_any_roll_up()
    {
        await using var history = await History.CreateAsync();
        await history.AppendAsync(Fact.Used("a", -10), Fact.Used("b", -7), Fact.Legacy("a", 1, -500));
        var now = new DateTimeOffset(await history.ScalarAsync<DateTime>("select recorded_at from head"));

        var statement = await new StatementQueries(history.Database).ReadAsync(
            "a", now.AddSeconds(-1), now.AddSeconds(1), CancellationToken.None);

        statement.Totals.Select(total => (total.Kind, total.Model, total.Amount, total.Entries, total.Tokens.Used))
            .ShouldBe([("legacy_entry_imported", "", 999_500, 1, 0), ("usage_recorded", "qwen3-coder", -10, 1, 15)]);
        statement.Closing.ShouldBe(new Dictionary<string, long> { ["OMR/6"] = 999_490 });
        statement.Position.ShouldBe(3);
    }

    [Fact]
    public async Task A_sum_outside_64_bits_fails_for_its_customer_alone()
    {
        await using var history = await History.CreateAsync();
        var huge = Fact.Used("a", -1);
        huge.Data["tokens_used"] = long.MaxValue;
        await history.AppendAsync(huge, Fact.Used("a", -1), Fact.Used("b", -1));
        await history.RollAsync();
        var statements = new StatementQueries(history.Database);

        (await Should.ThrowAsync<PostgresException>(() => ReadAsync("a")))
            .SqlState.ShouldBe(PostgresErrorCodes.NumericValueOutOfRange);
        (await ReadAsync("b")).Totals.ShouldHaveSingleItem().Entries.ShouldBe(1);

        Task<Statement> ReadAsync(string customer) => statements.ReadAsync(
            customer, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(500), CancellationToken.None);
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, Rounds.Of(few: 3, many: 50))];

    private static async Task RollSomeAsync(History history, Random random)
    {
        if (random.Next(3) == 0)
        {
            await new StatementRollup(history.Database) { PositionsMax = random.Next(1, 60) }
                .RollAsync(CancellationToken.None);
        }
    }

    // The opening balances and, one by one, the entries that a statement in CSV has.
    private static async Task<Dictionary<string, long>> AddEntriesAsync(
        History history, string customer, Statement statement)
    {
        var balances = statement.Opening.ToDictionary();

        await foreach (var entry in new EntryQueries(history.Database).ReadAsync(
            customer, statement.AfterPosition, statement.Position))
        {
            balances[entry.Asset] += entry.Amount;
        }

        return balances;
    }

    private static DateTimeOffset AnyTime(Random random) => random.Next(3) == 0
        ? new DateTimeOffset(History.TimeOf(random.Next(Blocks), Hours).Date, TimeSpan.Zero)
        : History.TimeOf(random.Next(Blocks), Hours).AddMinutes(random.Next(-30, 30) * random.Next(2));

    private static List<(string, DateOnly, string, string, long, long)> Sums(IEnumerable<StatementTotal> totals) =>
    [
        .. totals.Select(total => (total.Asset, total.Day, total.Model, total.Kind, total.Amount, total.Entries))
            .Order(),
    ];

    private static List<(string, DateOnly, string, string, long, long)> Sums(IEnumerable<Recorded> entries) =>
    [
        .. entries
            .GroupBy(entry => (entry.Asset, DateOnly.FromDateTime(entry.Time.UtcDateTime), entry.Model, entry.Kind))
            .Select(group => (
                group.Key.Asset, group.Key.Item2, group.Key.Model, group.Key.Kind,
                group.Sum(entry => entry.Amount), group.LongCount()))
            .Order(),
    ];

    private static List<(string, long)> Nonzero(IReadOnlyDictionary<string, long> balances) =>
        [.. balances.Where(balance => balance.Value != 0).Select(balance => (balance.Key, balance.Value)).Order()];

    private static List<(string, long)> Balances(IEnumerable<Recorded> entries) => Nonzero(
        entries.GroupBy(entry => entry.Asset).ToDictionary(group => group.Key, group => group.Sum(e => e.Amount)));

    // Read as plainly as can be, and not through what is under test.
    private static async Task<List<Recorded>> ReadEntriesAsync(History history)
    {
        var entries = new List<Recorded>();
        await using var command = history.Database.CreateCommand("""
            select stream_id, timestamp, coalesce(data ->> 'asset', 'OMR/6'), coalesce(data ->> 'model', ''), type,
                coalesce((data ->> 'amount')::bigint,
                    (data ->> 'amount_omr')::bigint * 1000000 + (data ->> 'amount_micro_omr')::bigint)
            from mt_events where type not in ('account_opened', 'account_closed')
            """);
        await using var reader = await command.ExecuteReaderAsync();

        while (await reader.ReadAsync())
        {
            entries.Add(new(
                reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2),
                reader.GetString(3), reader.GetString(4), reader.GetInt64(5)));
        }

        return entries;
    }

    private sealed record Recorded(
        string Customer, DateTimeOffset Time, string Asset, string Model, string Kind, long Amount);
}
