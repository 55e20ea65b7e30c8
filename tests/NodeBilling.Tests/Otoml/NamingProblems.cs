using System.Text;
using EventLedger.NodeBilling.Otoml;

namespace EventLedger.NodeBilling.Tests.Otoml;

public class NamingProblems
{
    [Theory]
    [InlineData("a", "expected =, found the end of the file")]
    [InlineData("a\n", "expected =, found the end of the line")]
    [InlineData("a\r\n", "expected =, found the end of the line")]
    [InlineData("a\r", "expected =, found the control character U+000D")]
    [InlineData("a 😀", "expected =, found 😀")]
    [InlineData("a = ]", "expected a value, found ]")]
    [InlineData("a = 1 2", "expected the end of the line, found 2")]
    [InlineData("a = [1 2]", "expected a comma or ], found 2")]
    [InlineData("a = {b = 1", "expected a comma or }, found the end of the file")]
    [InlineData("a = {b = 1,}", "expected a key, found }")]
    [InlineData("[[a]", "expected ]], found ]")]
    [InlineData("[a", "expected ], found the end of the file")]
    [InlineData("'''a'''", "expected a key, which has one line and so one quote on each side, found '")]
    [InlineData("a = 'b", "the string that begins here has no end")]
    [InlineData("a = \"b\n", "expected a character of the string or its closing quote, found the end of the line")]
    [InlineData("a = \"\\x\"", "there is no such escape; TOML's end in one of btnfr\"\\uU")]
    [InlineData("a = \"\\u12\"", "this escape takes 4 hexadecimal digits")]
    [InlineData("a = \"\\UD800\"", "this escape takes 8 hexadecimal digits")]
    [InlineData("a = \"\\uD800\"", "U+D800 is not a Unicode character")]
    [InlineData("a = \"\"\"\\ b\"\"\"", "a backslash before a space must end its line")]
    [InlineData("a = 1.5", "\"1.5\" is a float; numbers here are whole")]
    [InlineData("a = 01", "\"01\" is not a value of TOML")]
    [InlineData("a = 0xffffffffffffffff", "\"0xffffffffffffffff\" doesn't fit 64 bits")]
    [InlineData("a = 2026-02-30", "\"2026-02-30\" is not a date or time")]
    [InlineData("a = 2026-02-28 24:00:00", "\"2026-02-28 24:00:00\" is not a date or time")]
    [InlineData("\"a\\n\" = 1\n\"a\\n\" = 2", "\"a\\n\" is a number already, since line 1, column 9")]
    [InlineData("[a]\n[a]", "\"a\" is a table already, since line 1, column 2")]
    [InlineData("[[a]]\n[a]", "\"a\" is an array already, since line 1, column 3")]
    public void A_refusal_says_what_is_wrong_and_what_is_expected(string text, string message) =>
        Batches.Refusal(Encoding.UTF8.GetBytes(text)).Message.ShouldBe(message);

    [Fact]
    public void An_exception_begins_with_the_place() => Should.Throw<OtomlException>(() => Batches.Read("\n a"))
        .Message.ShouldBe("line 2, column 3: expected =, found the end of the file");

    [Fact]
    public void What_is_not_TOML_is_told_before_what_is_no_batch() =>
        Batches.Refusal("[[records]]\na = 1\na = 2"u8).Place.ShouldBe(new OtomlPlace(3, 1));

    [Fact]
    public void Size_is_told_before_encoding_and_encoding_before_syntax()
    {
        Batches.Refusal([.. "a\n"u8, 0xFF]).Message.ShouldBe("the bytes here are not UTF-8");
        Batches.Refusal([0xFF, .. new byte[OtomlLimits.BytesMax]]).Message.ShouldContain("at most 10485760 are read");
    }
}
