using System.Text.Json;
using EventLedger.Ledger.Cli.Printing;

namespace EventLedger.Ledger.Tests;

public class PrintingRows
{
    private static readonly Column<(string? Name, long Amount)>[] Columns =
        [new("name", row => row.Name), new("amount", row => row.Amount)];

    [Fact]
    public async Task A_table_lines_up_with_numbers_to_the_right() =>
        (await PrintAsync(OutputForm.Table, ("amina", -1), ("b", 12345678)))
            .ShouldBe("name     amount\namina        -1\nb      12345678\n");

    [Fact]
    public async Task A_table_shows_nothing_that_a_terminal_would_obey() =>
        (await PrintAsync(OutputForm.Table, ("a\e[2Jb\nc\u202Ed\u2028e", 1))).ShouldNotContain("\e");

    [Fact]
    public async Task A_table_without_an_end_is_written_once_its_columns_are_measured()
    {
        var output = new StringWriter();
        var rows = new TableRows(["n"], output);

        for (var n = 1; n < TableRows.MeasuredMax; n++)
        {
            await rows.WriteAsync([n]);
        }

        $"{output}".ShouldBeEmpty();
        await rows.WriteAsync([1234567]);
        await rows.WriteAsync([12345678]);
        $"{output}".ShouldEndWith("\n    999\n1234567\n12345678\n");
    }

    [Fact]
    public async Task Json_is_an_array_of_objects_with_numbers_as_numbers()
    {
        var json = JsonElement.Parse(await PrintAsync(OutputForm.Json, ("\"é\e", long.MinValue), (null, 2)));

        json.GetArrayLength().ShouldBe(2);
        json[0].GetProperty("name").GetString().ShouldBe("\"é\e");
        json[0].GetProperty("amount").GetInt64().ShouldBe(long.MinValue);
        json[1].GetProperty("name").ValueKind.ShouldBe(JsonValueKind.Null);
        (await PrintAsync(OutputForm.Json, ("\e", 1))).ShouldNotContain("\e");
    }

    [Theory]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"so\"", "\"say \"\"so\"\"\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("-2", "'-2")]
    [InlineData("+2", "'+2")]
    [InlineData("@cmd, x", "\"'@cmd, x\"")]
    [InlineData("\tx", "'\tx")]
    [InlineData("\n=x", "\"'\n=x\"")]
    [InlineData(null, "")]
    public async Task Csv_quotes_what_it_must_and_is_no_formula(string? name, string field) =>
        (await PrintAsync(OutputForm.Csv, (name, -5))).ShouldBe($"name,amount\r\n{field},-5\r\n");

    [Theory]
    [InlineData(OutputForm.Table, "name  amount\n")]
    [InlineData(OutputForm.Json, "[]\n")]
    [InlineData(OutputForm.Csv, "name,amount\r\n")]
    internal async Task No_rows_are_a_form_too(OutputForm form, string text) => (await PrintAsync(form)).ShouldBe(text);

    [Fact]
    public async Task Times_and_ids_and_truth_have_one_form_each()
    {
        var output = new StringWriter();
        Column<int>[] columns =
        [
            new("time", _ => new DateTimeOffset(2026, 11, 21, 21, 0, 0, TimeSpan.FromHours(4)).AddTicks(10)),
            new("id", _ => Guid.Empty), new("is", _ => true),
        ];

        await output.WriteRowsAsync(OutputForm.Csv, columns, [1]);

        $"{output}".Split("\r\n")[1]
            .ShouldBe("2026-11-21T17:00:00.000001Z,00000000-0000-0000-0000-000000000000,true");
    }

    private static async Task<string> PrintAsync(OutputForm form, params (string? Name, long Amount)[] rows)
    {
        var output = new StringWriter();
        await output.WriteRowsAsync(form, Columns, rows);
        return $"{output}";
    }
}
