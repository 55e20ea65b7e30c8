namespace EventLedger.NodeBilling.Tests.Otoml;

/// <summary>Broken inputs after the TOML 1.0 specification, each with the place where it breaks.</summary>
public class RefusingStrings
{
    [Theory]
    [InlineData("a = \"x", 1, 5)]
    [InlineData("a = 'x", 1, 5)]
    [InlineData("a = \"", 1, 5)]
    [InlineData("a = \"\"\"x", 1, 5)]
    [InlineData("a = '''x\n\ny", 1, 5)]
    [InlineData("a = \"\"\"x\"\"", 1, 5)]
    [InlineData("a = \"x\\\"", 1, 5)]
    [InlineData("b = 1\na = '''x''", 2, 5)]
    [InlineData("a = \"x\n\"", 1, 7)]
    [InlineData("a = 'x\n'", 1, 7)]
    [InlineData("a = \"x\r\n\"", 1, 7)]
    [InlineData("a = [\"x\n\"]", 1, 8)]
    public void A_string_has_an_end(string text, int line, int column) =>
        text.ShouldBreakAt(line, column);

    [Theory]
    [InlineData("a = 'it's'", 1, 9)]
    [InlineData("a = \"x\" \"y\"", 1, 9)]
    [InlineData("a = \"x\"y", 1, 8)]
    [InlineData("a = \"\"\"x\"\"\"\"\"\"", 1, 14)]
    [InlineData("a = '''x''''''", 1, 14)]
    [InlineData("a = \"\"\"\nx\n\"\"\" y", 3, 5)]
    [InlineData("a = \"\"x\"\"", 1, 7)]
    public void Nothing_follows_a_string(string text, int line, int column) =>
        text.ShouldBreakAt(line, column);

    [Theory]
    [InlineData("a = \"\\x41\"", 1, 6)]
    [InlineData("a = \"\\e\"", 1, 6)]
    [InlineData("a = \"\\a\"", 1, 6)]
    [InlineData("a = \"\\'\"", 1, 6)]
    [InlineData("a = \"\\ \"", 1, 6)]
    [InlineData("a = \"\\/\"", 1, 6)]
    [InlineData("a = \"b\\N\"", 1, 7)]
    [InlineData("a = \"x \\\ny\"", 1, 8)]
    [InlineData("a = \"\"\"x \\ y\"\"\"", 1, 10)]
    [InlineData("a = \"\"\"x\\", 1, 9)]
    [InlineData("a = \"\"\"\nok\n\\q\"\"\"", 3, 1)]
    [InlineData("a = \"\"\"\nok\\\n\\0\"\"\"", 3, 1)]
    [InlineData("a = \"\\é\"", 1, 6)]
    [InlineData("a = \"\"\"\\\ry\"\"\"", 1, 8)]
    public void An_escape_is_one_of_TOML(string text, int line, int column) =>
        text.ShouldBreakAt(line, column);

    [Theory]
    [InlineData("a = \"\\u12\"", 1, 6)]
    [InlineData("a = \"\\u12G4\"", 1, 6)]
    [InlineData("a = \"\\u00e\"", 1, 6)]
    [InlineData("a = \"\\u+123\"", 1, 6)]
    [InlineData("a = \"\\u 123\"", 1, 6)]
    [InlineData("a = \"\\u", 1, 6)]
    [InlineData("a = \"\\U0001F60\"", 1, 6)]
    [InlineData("a = \"\\ud800\"", 1, 6)]
    [InlineData("a = \"\\udfff\"", 1, 6)]
    [InlineData("a = \"\\ud83d\\ude00\"", 1, 6)]
    [InlineData("a = \"\\U00110000\"", 1, 6)]
    [InlineData("a = \"\\UFFFFFFFF\"", 1, 6)]
    [InlineData("a = \"\\U0000D800\"", 1, 6)]
    [InlineData("a = \"\"\"\n \\uDC00\"\"\"", 2, 2)]
    public void An_escaped_character_is_one_of_Unicode(string text, int line, int column) =>
        text.ShouldBreakAt(line, column);

    [Theory]
    [InlineData("a = \"x\u0001\"", 1, 7)]
    [InlineData("a = \"\u0000\"", 1, 6)]
    [InlineData("a = \"x\u007f\"", 1, 7)]
    [InlineData("a = \"x\ry\"", 1, 7)]
    [InlineData("a = \"\u001f\"", 1, 6)]
    [InlineData("a = 'x\u0008'", 1, 7)]
    [InlineData("a = '''x\ry'''", 1, 9)]
    [InlineData("a = \"\"\"\nx\u0000\"\"\"", 2, 2)]
    [InlineData("a = \"\"\"x\r\"\"\"", 1, 9)]
    [InlineData("a = '''\n\n\t\u000c'''", 3, 2)]
    [InlineData("a = \"\"\"x\\\n \u000b\"\"\"", 2, 2)]
    public void A_control_character_is_not_written_as_it_is(string text, int line, int column) =>
        text.ShouldBreakAt(line, column);

    [Theory]
    [InlineData("a = “x”", 1, 5)]
    [InlineData("a = `x`", 1, 5)]
    [InlineData("a = x", 1, 5)]
    [InlineData("a = «x»", 1, 5)]
    public void A_quote_is_single_or_double(string text, int line, int column) =>
        text.ShouldBreakAt(line, column);
}
