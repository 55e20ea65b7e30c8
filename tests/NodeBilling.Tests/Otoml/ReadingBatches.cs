using System.Text;
using EventLedger.NodeBilling.Otoml;

namespace EventLedger.NodeBilling.Tests.Otoml;

public class ReadingBatches
{
    private static readonly string Plain = $"[[records]]\n{Batches.ChatFields}\n";

    private static readonly string Inline = $"records = [ {{ {Batches.ChatFields.ReplaceLineEndings(", ")} }} ]";

    public static TheoryData<string> SameBatch =>
    [
        "O:\n" + Plain,
        Plain,
        "O:\r\n" + Plain.ReplaceLineEndings("\r\n"),
        "O:\n\n\t# a comment ✓\n" + Plain + "# the end",
        Plain.TrimEnd(),
        "[[records]]\n" + string.Join('\n', Batches.ChatFields.Split('\n').Reverse()),
        " [[ \"records\" ]]# c\n" + Batches.ChatFields.Replace("\n", " # c\n\n \t"),
        "[[records]]\n" + Batches.ChatFields.Replace("amount_cents =", "\"amount_\\u0063ents\"\t="),
        "[['records']]\n" + Batches.ChatFields.Replace('"', '\''),
        "[[records]]\n" + Batches.ChatFields.Replace("\"", "\"\"\""),
        "[[records]]\n" + Batches.ChatFields.Replace("\"", "'''"),
        Inline,
        Inline.Replace("[ ", "[\n# c\n").Replace(" ]", "\n , # c\n\n]"),
        Inline.Replace(" = ", "="),
    ];

    [Theory]
    [MemberData(nameof(SameBatch))]
    public void However_it_is_laid_out_a_batch_is_the_same(string text) =>
        Batches.RecordsOf(Encoding.UTF8.GetBytes(text)).ShouldBe([Batches.Chat]);

    [Fact]
    public void Every_form_at_once_is_read() => Batches.RecordsOf(Batches.Golden("unusual.otoml")).ShouldBe(
    [
        Batches.Chat,
        new()
        {
            AmountCents = 1,
            CreatedAt = new DateTimeOffset(2026, 11, 21, 17, 0, 0, 500, TimeSpan.Zero),
            IdempotencyKey = "C:\\n",
            NodeId = "n",
            Position = 12,
            ResourceKind = "storage \"disk\" \"\"",
            UserSid = "u-2",
        },
    ]);

    [Theory]
    [InlineData("12")]
    [InlineData("+12")]
    [InlineData("1_2")]
    [InlineData("0xC")]
    [InlineData("0x0_c")]
    [InlineData("0o14")]
    [InlineData("0b1100")]
    [InlineData("0b0000_0000_0000_0000_0000_0000_0000_0000_0000_0000_0000_0000_0000_0000_0000_0000_0000_1100")]
    public void An_integer_has_many_forms(string twelve) =>
        Only(With("amount_cents", twelve)).AmountCents.ShouldBe(12);

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("9_223_372_036_854_775_807")]
    [InlineData("0x7FFF_FFFF_FFFF_FFFF")]
    [InlineData("0o777777777777777777777")]
    public void An_integer_has_64_bits(string largest) =>
        Only(With("amount_cents", largest)).AmountCents.ShouldBe(long.MaxValue);

    [Theory]
    [InlineData("2026-11-21T17:03:11Z")]
    [InlineData("2026-11-21t17:03:11z")]
    [InlineData("2026-11-21 17:03:11Z")]
    [InlineData("2026-11-21T21:03:11+04:00")]
    [InlineData("2026-11-20T17:04:11-23:59")]
    [InlineData("2026-11-21T17:03:11.000000999Z")]
    [InlineData("\"2026-11-21T17:03:11Z\"")]
    [InlineData("'2026-11-21 21:03:11.0+04:00'")]
    [InlineData("2026-11-21T17:03:11-00:00# c")]
    public void A_time_has_many_forms(string time) =>
        Only(With("created_at", time)).CreatedAt.ShouldBe(Batches.Chat.CreatedAt);

    [Theory]
    [InlineData(".5", 500_000)]
    [InlineData(".000001", 1)]
    [InlineData(".1234567890123456789", 123_456)]
    public void A_time_keeps_its_microseconds(string fraction, int microseconds) =>
        Only(With("created_at", $"2026-11-21T17:03:11{fraction}Z")).CreatedAt
            .ShouldBe(Batches.Chat.CreatedAt.AddMicroseconds(microseconds));

    [Theory]
    [InlineData("\"a\\tb\\u00e9\\U0001F600\\\"\\\\\"", "a\tbé😀\"\\")]
    [InlineData("'a\\tb\\u00e9'", "a\\tb\\u00e9")]
    [InlineData("\"a\tb\"", "a\tb")]
    [InlineData("\"\"", "")]
    [InlineData("''", "")]
    [InlineData("\"\"\"\"\"\"", "")]
    [InlineData("\"\"\"\na\nb\n\"\"\"", "a\nb\n")]
    [InlineData("\"\"\"\r\na\r\nb\"\"\"", "a\nb")]
    [InlineData("\"\"\"\n\na\"\"\"", "\na")]
    [InlineData("\"\"\"a \\\n  \t\n\r\n  b\"\"\"", "a b")]
    [InlineData("\"\"\"a\\  \n\"\"\"", "a")]
    [InlineData("\"\"\"a\\\n   \"\"\"", "a")]
    [InlineData("\"\"\"\"a\" \"\"b\"\"\"\"\"", "\"a\" \"\"b\"\"")]
    [InlineData("\"\"\"\\\"\"\"\\\"\"\"\"", "\"\"\"\"")]
    [InlineData("'''\n'a' ''b'''''", "'a' ''b''")]
    [InlineData("''''''''", "''")]
    [InlineData("'''C:\\x\n\"\"\"'''", "C:\\x\n\"\"\"")]
    public void A_string_has_four_forms(string form, string text) =>
        Only(With("description", form)).Description.ShouldBe(text);

    [Theory]
    [InlineData("other = true")]
    [InlineData("other = false # c")]
    [InlineData("other = 07:32:00.5")]
    [InlineData("other = 1979-05-27")]
    [InlineData("other = 1979-05-27 # c")]
    [InlineData("other = 2024-02-29T00:00:00")]
    [InlineData("other = [1, 'a', [true, []], {}, {a.b = 1, a.c = [\n1,\n]},]")]
    [InlineData("other.a.'b' . \"c\" = 1\nother.a.d = 2")]
    [InlineData("1979-05-27 = 1\n-1 = 2\n_ = 3\n'' = 4\n1.5 = 6")]
    [InlineData("[records.other]\na = 1\n[records.other.b]\n[[records.list]]\n[[records.list]]\n[records.list.x]")]
    [InlineData("[x.y.z]\n[x]\nw.v = 1\n[x.y]\n[x.w.q]\n[O]\n[p]\nq.r = 1\n[p.q.s]")]
    [InlineData("[x.y.z]\n[x]\ny.w = 1\ny.v = 1")]
    [InlineData("-0 = -0\n0 = +0\na = -9223372036854775808")]
    public void Keys_that_no_record_has_are_passed_over(string lines) =>
        Batches.RecordsOf(Encoding.UTF8.GetBytes(Plain + lines)).ShouldBe([Batches.Chat]);

    [Fact]
    public void Optional_fields_may_be_missing_and_are_read_where_they_are_not()
    {
        const string Id = "0191C2A4-7b1e-7a52-9d3c-0123456789ab";

        Only(Plain.Replace("description = \"chat\"\n", "")).ShouldBe(Batches.Chat with { Description = "" });
        Only($"{Plain}event_id = '{Id}'\nposition = 3")
            .ShouldBe(Batches.Chat with { EventId = Guid.Parse(Id), Position = 3 });
    }

    [Fact]
    public void A_record_says_where_it_begins()
    {
        var batch = Batches.Read($"O:\n{Plain}\n  {Plain}");

        batch.Records.Select(placed => placed.Place).ShouldBe([new OtomlPlace(2, 3), new OtomlPlace(11, 5)]);
        batch.Records[0].Record.ShouldBe(batch.Records[1].Record);
    }

    private static string With(string field, string value) => string.Join(
        '\n', Plain.Split('\n').Select(line => line.StartsWith(field) ? $"{field} = {value}" : line));

    private static NodeUsageRecord Only(string text) =>
        Batches.RecordsOf(Encoding.UTF8.GetBytes(text)).ShouldHaveSingleItem();
}
