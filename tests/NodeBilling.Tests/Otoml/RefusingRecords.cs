using EventLedger.NodeBilling.Otoml;

namespace EventLedger.NodeBilling.Tests.Otoml;

public class RefusingRecords
{
    [Theory]
    [InlineData("amount_cents = 0", 3, "amount_cents is 0; it is above zero")]
    [InlineData("amount_cents = -12", 3, "amount_cents is -12; it is above zero")]
    [InlineData("amount_cents = \"12\"", 3, "amount_cents is a string; it is a whole number")]
    [InlineData("created_at = 2026-11-21T17:03:11", 4, "created_at is not a time with its offset")]
    [InlineData("created_at = 2026-11-21", 4, "created_at is not a time with its offset")]
    [InlineData("created_at = 17:03:11", 4, "created_at is not a time with its offset")]
    [InlineData("created_at = '2026-11-21T17:03:11'", 4, "created_at is not a time with its offset")]
    [InlineData("created_at = 'yesterday'", 4, "created_at is not a time with its offset")]
    [InlineData("created_at = 1795280591", 4, "created_at is not a time with its offset")]
    [InlineData("description = 1", 5, "description is a number; it is a string")]
    [InlineData("description = \"a\\u0000b\"", 5, "description holds the character NUL")]
    [InlineData("idempotency_key = true", 6, "idempotency_key is a boolean; it is a string")]
    [InlineData("idempotency_key = \"\"", 6, "idempotency_key is empty")]
    [InlineData("idempotency_key = \"\\n \"", 6, "idempotency_key is empty")]
    [InlineData("node_id = []", 7, "node_id is an array; it is a string")]
    [InlineData("node_id = \"..\\u0000\"", 7, "node_id holds the character NUL")]
    [InlineData("resource_kind = {}", 8, "resource_kind is a table; it is a string")]
    [InlineData("user_sid = 2026-11-21", 9, "user_sid is a date or time without an offset; it is a string")]
    [InlineData("user_sid = 2026-11-21T00:00:00Z", 9, "user_sid is a time; it is a string")]
    [InlineData("event_id = 'x'", 10, "event_id is \"x\"; it is a UUID")]
    [InlineData("event_id = '{0191c2a4-7b1e-7a52-9d3c-0123456789ab}'", 10, "it is a UUID")]
    [InlineData("event_id = 7", 10, "event_id is a number; it is a string")]
    [InlineData("position = 0", 10, "position is 0; it is above zero")]
    [InlineData("position = '7'", 10, "position is a string; it is a whole number")]
    public void A_field_that_is_wrong_is_named_with_its_line(string field, int line, string message)
    {
        var problem = Refused(With(field)).ShouldHaveSingleItem();

        problem.Place.ShouldBe(new OtomlPlace(line, field.IndexOf('=') + 3));
        problem.Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("amount_cents")]
    [InlineData("created_at")]
    [InlineData("idempotency_key")]
    [InlineData("node_id")]
    [InlineData("resource_kind")]
    [InlineData("user_sid")]
    public void A_field_that_is_missing_is_named_with_the_records_line(string field)
    {
        var lines = Batches.ChatFields.Split('\n').Where(line => !line.StartsWith(field));

        Refused("O:\n\n[[records]]\n" + string.Join('\n', lines))
            .ShouldBe([new OtomlProblem(new OtomlPlace(3, 3), $"{field} is missing")]);
    }

    [Theory]
    [InlineData("description", 8192)]
    [InlineData("idempotency_key", 8192)]
    [InlineData("node_id", 512)]
    [InlineData("resource_kind", 512)]
    [InlineData("user_sid", 512)]
    public void A_text_has_a_longest_length(string field, int charactersMax)
    {
        Refused(With($"{field} = '{new string('é', charactersMax)}'")).ShouldBeEmpty();
        Refused(With($"{field} = '{new string('é', charactersMax + 1)}'")).ShouldHaveSingleItem()
            .Message.ShouldBe($"{field} has {charactersMax + 1} characters; at most {charactersMax} are taken");
    }

    [Fact]
    public void A_refused_record_does_not_hold_up_its_neighbours()
    {
        const string Good = $"[[records]]\n{Batches.ChatFields}\n";
        var batch = Batches.Read(Good + Good.Replace("= 12", "= -1") + Good.Replace("k-1", "k-2") + "[[records]]");

        batch.Records.Select(placed => placed.Record.IdempotencyKey).ShouldBe(["k-1", "k-2"]);
        batch.Refused.Select(problem => problem.Place).ShouldBe([new OtomlPlace(10, 16), new OtomlPlace(25, 3)]);
    }

    [Fact]
    public void What_is_no_table_is_no_record() => Refused("records = [1,\n 'a', [], {}]")
        .Select(problem => problem.ToString())
        .ShouldBe(
        [
            "line 1, column 12: a record is a table, not a number",
            "line 2, column 2: a record is a table, not a string",
            "line 2, column 7: a record is a table, not an array",
            "line 2, column 11: amount_cents is missing",
        ]);

    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("O:", 1, 1)]
    [InlineData("O:\n# nothing\n", 1, 1)]
    [InlineData("O:\n[[record]]\n", 1, 1)]
    [InlineData("O:\nrecords = 1", 2, 11)]
    [InlineData("O:\nrecords = {}", 2, 11)]
    [InlineData("O:\n[records]", 2, 2)]
    [InlineData("O:\nrecords.a = 1", 2, 1)]
    public void A_file_without_an_array_of_records_is_no_batch(string text, int line, int column) =>
        Should.Throw<OtomlException>(() => Batches.Read(text)).Problem.Place.ShouldBe(new OtomlPlace(line, column));

    [Fact]
    public void A_hostile_text_does_not_break_the_line_of_a_message()
    {
        var text = "x\\u0000\\n\\u001b" + new string('a', 100);

        Refused(With($"event_id = \"{text}\"")).ShouldHaveSingleItem()
            .Message.ShouldBe($"event_id is \"x\\u0000\\n\\u001B{new string('a', 36)}\"…; it is a UUID");
    }

    private static IReadOnlyList<OtomlProblem> Refused(string text) => Batches.Read(text).Refused;

    private static string With(string field)
    {
        var name = field[..field.IndexOf(' ')];
        var lines = $"O:\n[[records]]\n{Batches.ChatFields}".Split('\n');

        return string.Join('\n', lines.Any(line => line.StartsWith(name))
            ? lines.Select(line => line.StartsWith(name) ? field : line)
            : [.. lines, field]);
    }
}
