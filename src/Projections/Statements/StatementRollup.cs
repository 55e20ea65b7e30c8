using System.Globalization;
using EventLedger.Projections.Rolling;
using Npgsql;

namespace EventLedger.Projections.Statements;

/// <summary>Adds events to <c>statement_totals</c> after they were appended.</summary>
/// <param name="database">The ledger's database.</param>
public sealed class StatementRollup(NpgsqlDataSource database) : Rollup(database, "statement_totals", LockKey)
{
    private const long LockKey = 7000000000000000011;

    /// <summary>Waits until nobody rolls up, and keeps it so to the end of the transaction.</summary>
    internal static readonly string LockSql =
        string.Create(CultureInfo.InvariantCulture, $"select pg_advisory_xact_lock({LockKey})");

    private const string SumsSql = $"""
        select {StatementTotal.KeyColumns}, sum(amount) as amount, count(*) as entries, sum(tokens_used) as tokens_used,
            sum(prompt_tokens) as prompt_tokens, sum(completion_tokens) as completion_tokens,
            sum(cached_tokens) as cached_tokens, sum(reasoning_tokens) as reasoning_tokens
        from (select * from entries where position > $1 and position <= $2 offset 0) as entry
        where amount is not null group by {StatementTotal.KeyColumns}
        """;

    // Each total is looked up by its key: statistics of when they were few would have all of them read.
    private const string LookUpSql = """
        select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
            set_config('enable_seqscan', 'off', true)
        """;

    // A plain update costs two thirds of an upsert, and nearly every total is there already; only where it has found
    // fewer than it should, the missing ones are looked for. In the index's order, whose pages are then visited once.
    private static readonly string AddSql = $"""
        with change as materialized ({SumsSql} order by customer_id),
        updated as (
            update statement_totals as t set
                amount = t.amount + c.amount, entries = t.entries + c.entries,
                tokens_used = t.tokens_used + c.tokens_used, prompt_tokens = t.prompt_tokens + c.prompt_tokens,
                completion_tokens = t.completion_tokens + c.completion_tokens,
                cached_tokens = t.cached_tokens + c.cached_tokens,
                reasoning_tokens = t.reasoning_tokens + c.reasoning_tokens
            from change as c where {StatementTotal.SameKey("t", "c")}
            returning c.*)
        insert into statement_totals ({StatementTotal.Columns})
        select {StatementTotal.Columns} from change
        where (select count(*) from updated) < (select count(*) from change)
            and ({StatementTotal.KeyColumns}) not in (select {StatementTotal.KeyColumns} from updated)
        """;

    /// <summary>Sums the events after $1 up to $2 into a table of totals.</summary>
    internal static string SumInto(string table) => $"insert into {table} ({StatementTotal.Columns}) {SumsSql}";

    /// <inheritdoc/>
    protected override IEnumerable<NpgsqlBatchCommand> Take(long after, long last) =>
    [
        new(LookUpSql),
        new(AddSql) { Parameters = { new() { Value = after }, new() { Value = last } } },
    ];
}
