namespace EventLedger.NodeBilling.Tests.Otoml;

/// <summary>Broken inputs after the TOML 1.0 specification, each with the place where it breaks.</summary>
public class RefusingKeys
{
    [Theory]
    [InlineData("= 1", 1, 1)]
    [InlineData("key", 1, 4)]
    [InlineData("key =", 1, 6)]
    [InlineData("key = # nothing", 1, 7)]
    [InlineData("key =\n1", 1, 6)]
    [InlineData("key\n= 1", 1, 4)]
    [InlineData("a = 1 b = 2", 1, 7)]
    [InlineData("first = \"Tom\" last = \"P\"", 1, 15)]
    [InlineData("a: 1", 1, 2)]
    [InlineData("a = 1;", 1, 6)]
    [InlineData("{a = 1}", 1, 1)]
    [InlineData("a = b = 1", 1, 5)]
    [InlineData("a = 1, b = 2", 1, 6)]
    [InlineData("\"a\" 1", 1, 5)]
    [InlineData("a = = 1", 1, 5)]
    [InlineData("a == 1", 1, 4)]
    public void A_line_is_a_key_an_equals_sign_and_a_value(string text, int line, int column) =>
        text.ShouldBreakAt(line, column);

    [Theory]
    [InlineData("a b = 1", 1, 3)]
    [InlineData("ké = 1", 1, 2)]
    [InlineData("a+b = 1", 1, 2)]
    [InlineData("\"\"\"a\"\"\" = 1", 1, 1)]
    [InlineData("'''a''' = 1", 1, 1)]
    [InlineData("\"a = 1", 1, 1)]
    [InlineData("\"a\nb\" = 1", 1, 3)]
    [InlineData("\"a\"b = 1", 1, 4)]
    [InlineData("\\u0061 = 1", 1, 1)]
    [InlineData("\"\\q\" = 1", 1, 2)]
    [InlineData("'a\tb\u0001' = 1", 1, 5)]
    [InlineData("a/b = 1", 1, 2)]
    [InlineData("# c\n\n! = 1", 3, 1)]
    public void A_key_is_bare_or_quoted(string text, int line, int column) =>
        text.ShouldBreakAt(line, column);

    [Theory]
    [InlineData("a.= 1", 1, 3)]
    [InlineData(".a = 1", 1, 1)]
    [InlineData("a..b = 1", 1, 3)]
    [InlineData("a. = 1", 1, 4)]
    [InlineData("a.\"b = 1", 1, 3)]
    [InlineData("a . .b = 1", 1, 5)]
    [InlineData("a.\nb = 1", 1, 3)]
    public void A_dotted_key_has_no_empty_part(string text, int line, int column) =>
        text.ShouldBreakAt(line, column);

    [Theory]
    [InlineData("a = 1\na = 2", 2, 1)]
    [InlineData("spelling = 1\n\"spelling\" = 2", 2, 1)]
    [InlineData("'a' = 1\n\"\\u0061\" = 1", 2, 1)]
    [InlineData("a = 1\na.b = 2", 2, 1)]
    [InlineData("a.b = 1\na.b.c = 2", 2, 3)]
    [InlineData("a.b = 1\na = 2", 2, 1)]
    [InlineData("1.2 = 3\n1 = 4", 2, 1)]
    [InlineData("records = []", 1, 1)]
    [InlineData("a.b = 1\n\na.b = 1", 3, 3)]
    [InlineData("a = []\na.b = 1", 2, 1)]
    [InlineData("[t]\na = 1\nb = 1\na = 1", 4, 1)]
    [InlineData("\"\" = 1\n'' = 1", 2, 1)]
    public void A_key_is_there_once(string text, int line, int column) =>
        text.ShouldBreakAt(line, column);

    [Theory]
    [InlineData("\u0000", 1, 1)]
    [InlineData("a = 1 \u0001", 1, 7)]
    [InlineData("# a\u0000b", 1, 4)]
    [InlineData("# \u007f", 1, 3)]
    [InlineData("# a\rb = 1", 1, 4)]
    [InlineData("a = 1\rb = 2", 1, 6)]
    [InlineData("\r", 1, 1)]
    [InlineData("\ufeffa = 1", 1, 1)]
    [InlineData("a\u000b= 1", 1, 2)]
    [InlineData("a\u00a0= 1", 1, 2)]
    [InlineData("\u000ca = 1", 1, 1)]
    [InlineData("a = 1\u0085", 1, 6)]
    [InlineData("a = 1 // c", 1, 7)]
    [InlineData("a = 1\r\nb =\r\n", 2, 4)]
    [InlineData("a = 1\n# \u001f", 2, 3)]
    [InlineData("O:", 1, 2)]
    public void Between_tokens_are_only_blanks_comments_and_line_ends(string text, int line, int column) =>
        text.ShouldBreakAt(line, column);

    [Theory]
    [InlineData("a = \"é\" b", 1, 9)]
    [InlineData("\"😀\" = 1 x", 1, 9)]
    [InlineData("# ü\n\"ü\" = ü", 2, 7)]
    [InlineData("a = '''\nü€😀''' x", 2, 8)]
    public void A_column_is_a_character(string text, int line, int column) =>
        text.ShouldBreakAt(line, column);
}
