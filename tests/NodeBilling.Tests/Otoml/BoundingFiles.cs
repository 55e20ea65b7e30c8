using System.Text;
using EventLedger.NodeBilling.Otoml;

namespace EventLedger.NodeBilling.Tests.Otoml;

public class BoundingFiles
{
    [Fact]
    public void A_file_has_10_MiB_at_most()
    {
        var file = new byte[OtomlLimits.BytesMax + 1];
        file.AsSpan().Fill((byte)'\n');
        "records=[]"u8.CopyTo(file);

        Batches.RecordsOf(file.AsSpan(..^1)).ShouldBeEmpty();
        Batches.Refusal(file)
            .ShouldBe(new OtomlProblem(OtomlPlace.Start, "the file has 10485761 bytes; at most 10485760 are read"));
        Batches.Refusal(new byte[50 * 1024 * 1024]).Message.ShouldContain("52428800 bytes");
    }

    [Fact]
    public void A_file_has_25_000_records_at_most()
    {
        var most = Repeated("[[records]]\n", 25_000);

        Batches.Read(most).Refused.Count.ShouldBe(25_000);
        Refusal(most + "[[records]]")
            .ShouldBe(new OtomlProblem(new OtomlPlace(25_001, 3), "a file has at most 25000 records"));
    }

    [Theory]
    [InlineData("a = [", "1,", 499_998, "1]", 2, 999_997 + 5)]
    [InlineData("a = [", "{},", 499_998, "{}]", 2, (3 * 499_998) + 6)]
    [InlineData("", "[[a]]\n", 499_998, "[[a]]", 500_000, 3)]
    [InlineData("a = [", "{b.c=1},", 166_666, "{}]", 2, (8 * 166_666) + 6)]
    public void A_file_has_500_000_values_at_most(
        string before, string value, int count, string last, int line, int column)
    {
        var most = $"records = []\n{before}{Repeated(value, count)}";

        Batches.Read(before.Length == 0 ? most : most + "]").Records.ShouldBeEmpty();
        Refusal(most + last)
            .ShouldBe(new OtomlProblem(new OtomlPlace(line, column), "a file has at most 500000 values"));
    }

    [Theory]
    [InlineData("[", "]", 32)]
    [InlineData("{a=", "}", 32)]
    [InlineData("[\n{a=", "}\n]", 16)]
    public void Values_nest_32_deep_at_most(string open, string close, int times)
    {
        var (opened, closed) = (Repeated(open, times), Repeated(close, times));

        Batches.Read($"records = []\na = {opened}1{closed}").Records.ShouldBeEmpty();
        Refusal($"a = {opened}[]{closed}").Message.ShouldBe("values nest at most 32 deep");
        Refusal($"a = {opened}{{}}{closed}").Message.ShouldBe("values nest at most 32 deep");
        Refusal($"a = {Repeated("[", 1_000_000)}").Place.ShouldBe(new OtomlPlace(1, 37));
    }

    [Theory]
    [InlineData("", " = 1", 1)]
    [InlineData("[", "]", 2)]
    [InlineData("[[", "]]", 3)]
    [InlineData("a = {", " = 1}", 6)]
    public void A_key_has_32_parts_at_most(string before, string after, int column)
    {
        var most = before + Repeated("b.", 31) + "b";

        Batches.Read($"records = []\n{most}{after}").Records.ShouldBeEmpty();
        Refusal($"{most}.b{after}").ShouldBe(
            new OtomlProblem(new OtomlPlace(1, column + 64), "a key has at most 32 parts"));
    }

    [Theory]
    [InlineData("\"", "\"")]
    [InlineData("'", "'")]
    [InlineData("\"\"\"\n", "\"\"\"")]
    [InlineData("'''", "'''")]
    public void A_string_has_64_KiB_at_most(string open, string close)
    {
        foreach (var text in new[] { new string('a', 64 * 1024), Repeated("é", 32 * 1024), Repeated("x😀 ' ", 8192) })
        {
            var most = close == "'" ? text.Replace('\'', '-') : text;

            Batches.Read($"records = []\na = {open}{most}{close}").Records.ShouldBeEmpty();
            Refusal($"a = {open}{most}b{close}").ShouldBe(TooLong(5));
        }
    }

    [Fact]
    public void What_an_escape_stands_for_counts_to_the_length_of_a_string()
    {
        Batches.Read($"records = []\na = \"{Repeated("\\U0001F600", 16 * 1024)}\"").Records.ShouldBeEmpty();
        Refusal($"a = \"{Repeated("\\U0001F600", 16 * 1024)}\\n\"").ShouldBe(TooLong(5));
    }

    [Fact]
    public void A_key_has_64_KiB_at_most()
    {
        var most = new string('k', 64 * 1024);

        Batches.Read($"records = []\n{most} = 1").Records.ShouldBeEmpty();
        Refusal($"{most}k = 1").Message.ShouldBe("a key has at most 65536 bytes");
        Refusal($"'{most}k' = 1").ShouldBe(TooLong(1));
    }

    [Fact]
    public void No_more_is_written_than_is_read()
    {
        var most = Enumerable.Repeat(Batches.Chat, OtomlLimits.RecordsMax);
        var large = Batches.Chat with { Description = new string('€', NodeUsageRecord.TextLengthMax) };

        Batches.RecordsOf(UsageBatchWriter.Write(most)).Count().ShouldBe(25_000);
        Should.Throw<ArgumentException>(() => UsageBatchWriter.Write(most.Append(Batches.Chat)))
            .Message.ShouldContain("25001 records; a file has at most 25000");
        Should.Throw<ArgumentException>(() => UsageBatchWriter.Write(Enumerable.Repeat(large, 430)))
            .Message.ShouldContain("bytes; a file has at most 10485760");
    }

    private static OtomlProblem TooLong(int column) =>
        new(new OtomlPlace(1, column), "a string has at most 65536 bytes");

    private static OtomlProblem Refusal(string text) => Batches.Refusal(Encoding.UTF8.GetBytes(text));

    private static string Repeated(string text, int times) =>
        new StringBuilder(text.Length * times).Insert(0, text, times).ToString();
}
