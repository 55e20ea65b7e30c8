using System.Text.RegularExpressions;

namespace EventLedger.Ledger.Tests;

/// <summary>Each column is proven, or <c>docs/proof.md</c> says why it isn't: a new one needs a decision.</summary>
public partial class CoveringColumns
{
    private const int MatchLimitMs = 1000;

    // Which row is changed, and what must be named then.
    private static readonly Dictionary<string, (string Row, string Named)> Tables = new()
    {
        ["mt_events"] = ("seq_id = 7", "WRONG: position 7 "),
        ["event_ids"] = ("position = 7", "WRONG: position 7 "),
        ["blocks"] = ("first_position = 7", "WRONG: position 7 "),
        ["head"] = ("true", "WRONG: position "),
        ["mt_streams"] = ("id = 'c'", "WRONG: stream c"),
        ["balances"] = ("customer_id = 'c'", "WRONG: customer c"),
        ["accounts"] = ("customer_id = 'c'", "WRONG: customer c"),
    };

    [Fact]
    public async Task A_change_of_any_column_is_found_unless_it_is_listed_with_its_reason()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();
        var outside = Listed("column");

        foreach (var (table, (row, named)) in Tables)
        {
            await ledger.ExecuteAsync($"create schema if not exists kept; create table kept.{table} as table {table}");
            var columns = await ColumnsAsync(ledger, table);
            columns.ShouldNotBeEmpty();

            foreach (var (column, type) in columns)
            {
                await ledger.ExecuteAsync($"""
                    set session_replication_role = replica;
                    alter table head drop constraint if exists head_only_row_check;
                    update {table} set {column} = {Changed(column, type)} where {row}
                    """);

                var (exitCode, output) = await ledger.RunAsync("verify");

                if (outside.Contains($"{table}.{column}"))
                {
                    exitCode.ShouldBe(0, $"{table}.{column}: {output}");
                }
                else
                {
                    output.ShouldContain(named, customMessage: $"{table}.{column}: {output}");
                }

                await ledger.ExecuteAsync($"""
                    set session_replication_role = replica;
                    delete from {table};
                    insert into {table} select * from kept.{table}
                    """);
            }
        }

        await ledger.ShouldVerifyAsync();
    }

    [Fact]
    public async Task Every_table_is_looked_at_or_listed_with_its_reason()
    {
        await using var ledger = await LedgerHost.StartAsync();

        var tables = await ledger.ScalarAsync<string[]>("""
            select array_agg(c.relname::text) from pg_class c
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
            """);

        tables.Except(Tables.Keys).Except(Listed("table")).ShouldBeEmpty("docs/proof.md says why a table isn't proven");
    }

    [Fact]
    public async Task What_is_listed_is_there()
    {
        await using var ledger = await LedgerHost.StartAsync();
        var columns = new List<string>();

        foreach (var table in Tables.Keys)
        {
            columns.AddRange((await ColumnsAsync(ledger, table)).Select(column => $"{table}.{column.Name}"));
        }

        Listed("column").Except(columns).ShouldBeEmpty();
    }

    private static string Changed(string column, string type) => type switch
    {
        "bigint" => $"{column} + 1000",
        "uuid" => "gen_random_uuid()",
        "character varying" => $"coalesce({column}, '') || 'x'",
        "jsonb" => $$"""coalesce({{column}}, '{}') || '{"more":1}'""",
        "bytea" => "sha256('x')",
        "timestamp with time zone" => $"{column} + interval '1 microsecond'",
        "boolean" => $"not {column}",
        _ => throw new NotSupportedException($"Say how a column of type {type} is changed."),
    };

    private static async Task<List<(string Name, string Type)>> ColumnsAsync(LedgerHost ledger, string table)
    {
        var columns = new List<(string, string)>();
        await using var command = ledger.Sql.CreateCommand($"""
            select column_name, data_type from information_schema.columns
            where table_schema = 'public' and table_name = '{table}' order by ordinal_position
            """);
        await using var reader = await command.ExecuteReaderAsync();

        while (await reader.ReadAsync())
        {
            columns.Add((reader.GetString(0), reader.GetString(1)));
        }

        return columns;
    }

    // The names in the first column of the table in docs/proof.md that begins with that heading.
    private static List<string> Listed(string heading) =>
        [.. ProofDocument.Text.Split($"| {heading} | why |\n|---|---|\n")[1].Split('\n')
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => Name().Match(line).Groups["name"].Value)];

    [GeneratedRegex("^\\| `(?<name>[a-z_.]+)` \\|", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Name();
}
