using System.Globalization;
using EventLedger.Accounts;
using EventLedger.EventStore.Copying;
using EventLedger.Projections.Rebuilding;
using Npgsql;
using NpgsqlTypes;

namespace EventLedger.Projections.Statements;

/// <summary>Makes <c>statement_totals</c> anew, as far as they are rolled up.</summary>
internal sealed class StatementRebuild : RebuiltView
{
    private const long MicrosecondsPerDay = 86_400_000_000;

    private const string Key = StatementTotal.KeyColumns;

    private static readonly string Match = StatementTotal.SameKey("t", "d");

    // A total that is there by now was made since the difference was found.
    private const string AddToExisting = """
        on conflict (customer_id, asset, day, kind, md5(model), used_on, is_usage) do update set
            amount = t.amount + excluded.amount,
            entries = t.entries + excluded.entries,
            tokens_used = t.tokens_used + excluded.tokens_used,
            prompt_tokens = t.prompt_tokens + excluded.prompt_tokens,
            completion_tokens = t.completion_tokens + excluded.completion_tokens,
            cached_tokens = t.cached_tokens + excluded.cached_tokens,
            reasoning_tokens = t.reasoning_tokens + excluded.reasoning_tokens
        """;

    private static readonly DateOnly PostgresEpoch = new(2000, 1, 1);

    public override string Name => "statements";

    internal override string ReachedSql =>
        "select last_seq_id from mt_event_progression where name = 'statement_totals'";

    internal override string LockSql => StatementRollup.LockSql;

    internal override string[] FoldedColumns => ["seq_id", "stream_id", "data::text", "type", "timestamp"];

    internal override string SideColumns => StatementTotal.Columns;

    internal override string FillSql => StatementRollup.SumInto("statements_by_sql");

    internal override string DisagreementsSql => $"""
        select count(*) from ({Sum("statements_by_sql")}) as s full join ({Sum("statements_by_fold")}) as f
            using ({Key})
        where s.sums is distinct from f.sums
        """;

    internal override string FirstDifferencesSql => $"""
        select format('customer %s, %s, %s, model %s, %s, used on %s', customer_id, asset, day, model, kind, used_on),
            {Describe("has")}, {Describe("gives")}, has is null, gives is null
        from statements_differences order by {Key} limit $1
        """;

    internal override string[] CorrectSql =>
    [
        $"""
        delete from statement_totals as t using statements_differences as d
        where d.gives is null and {Match} and array[{Sums("t.")}] = d.has
        """,
        $"""
        update statement_totals as t set ({StatementTotal.SumColumns}) = row({Changed()})
        from statements_differences as d where d.has is not null and {Match}
        """,
        $"""
        insert into statement_totals as t ({StatementTotal.Columns})
        select {Key}, {string.Join(", ", Enumerable.Range(1, SumNames.Length).Select(i => $"gives[{i}]"))}
        from statements_differences where has is null
        {AddToExisting}
        """,
    ];

    private static string[] SumNames => StatementTotal.SumColumns.Split(", ");

    internal override string DifferencesSql(string sideTable) => $"""
        insert into statements_differences ({Key}, has, gives)
        select {Key}, t.sums, r.sums
        from ({Sum(sideTable)}) as r
            full join (select {Key}, array[{Sums("")}] as sums from statement_totals) as t using ({Key})
        where r.sums is distinct from t.sums
        """;

    internal override void Fold(EntrySums sums, CopyRows @event)
    {
        if (!Entry.TryRead(@event.Bytes(2), out var entry))
        {
            return;
        }

        Span<byte> day = stackalloc byte[16];
        DayOf(@event.Int64(4)).TryFormat(day, out var length, "O", CultureInfo.InvariantCulture);
        sums.Begin().With(@event.Bytes(1)).With(entry.AssetName).With(day[..length]).With(entry.Model)
            .With(@event.Bytes(3)).With(entry.UsedOn.IsEmpty ? day[..length] : entry.UsedOn)
            .With(entry.IsUsage(@event.Bytes(3)) ? "true"u8 : "false"u8).Add(entry, @event.Int64(0));
    }

    internal override async Task WriteAsync(
        NpgsqlBinaryImporter rows, string[] key, EntrySum sum, CancellationToken cancellation)
    {
        await rows.StartRowAsync(cancellation);
        await rows.WriteAsync(key[0], NpgsqlDbType.Varchar, cancellation);
        await rows.WriteAsync(key[1], NpgsqlDbType.Varchar, cancellation);
        await rows.WriteAsync(Day(key[2]), NpgsqlDbType.Date, cancellation);
        await rows.WriteAsync(key[3], NpgsqlDbType.Varchar, cancellation);
        await rows.WriteAsync(key[4], NpgsqlDbType.Varchar, cancellation);
        await rows.WriteAsync(Day(key[5]), NpgsqlDbType.Date, cancellation);
        await rows.WriteAsync(key[6] == "true", NpgsqlDbType.Boolean, cancellation);
        await rows.WriteAsync((decimal)sum.Amount, NpgsqlDbType.Numeric, cancellation);
        await rows.WriteAsync(sum.Entries, NpgsqlDbType.Bigint, cancellation);
        await rows.WriteAsync((decimal)sum.TokensUsed, NpgsqlDbType.Numeric, cancellation);
        await rows.WriteAsync((decimal)sum.PromptTokens, NpgsqlDbType.Numeric, cancellation);
        await rows.WriteAsync((decimal)sum.CompletionTokens, NpgsqlDbType.Numeric, cancellation);
        await rows.WriteAsync((decimal)sum.CachedTokens, NpgsqlDbType.Numeric, cancellation);
        await rows.WriteAsync((decimal)sum.ReasoningTokens, NpgsqlDbType.Numeric, cancellation);
    }

    // A timestamp comes as microseconds since the beginning of 2000, UTC.
    private static DateOnly DayOf(long microseconds) =>
        PostgresEpoch.AddDays((int)Math.DivRem(microseconds, MicrosecondsPerDay).Quotient
            - (microseconds % MicrosecondsPerDay < 0 ? 1 : 0));

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "O", CultureInfo.InvariantCulture);

    private static string Sums(string alias) =>
        string.Join(", ", SumNames.Select(name => $"{alias}{name}::numeric"));

    private static string Changed() => string.Join(
        ", ", SumNames.Select((name, i) => $"t.{name} + coalesce(d.gives[{i + 1}], 0) - d.has[{i + 1}]"));

    private static string Describe(string sums) =>
        $"format('%s over %s entries, tokens %s', {sums}[1], {sums}[2], {sums}[3:])";

    private static string Sum(string sideTable) => $"""
        select {Key}, array[{string.Join(", ", SumNames.Select(name => $"sum({name})"))}] as sums
        from {sideTable} group by {Key}
        """;
}
