using System.Text.RegularExpressions;

namespace EventLedger.Tidiness.Tests;

/// <summary>Rules for single files that no compiler holds.</summary>
public partial class SourceFiles
{
    private const int LineLengthMax = 120;
    private const int FileLinesMax = 400;
    private const int MatchLimitMs = 1000;

    // Money in them is whole numbers; a fraction is a decimal, at the edge.
    private static readonly string[] WithoutFloats =
        ["src/Contracts/", "src/Accounts/", "src/EventStore/", "src/Projections/"];

    [Fact]
    public void End_their_lines_by_the_limit() => Where((_, line) => line.Length > LineLengthMax, ".cs", ".sql", ".sh")
        .ShouldBeEmpty($"a line has at most {LineLengthMax} characters");

    [Fact]
    public void Hold_one_idea_and_so_stay_short() => Code(".cs", ".sql")
        .Where(file => file.Lines.Length > FileLinesMax)
        .Select(file => $"{file.Path} has {file.Lines.Length} lines")
        .ShouldBeEmpty($"a file has at most {FileLinesMax} lines");

    [Fact]
    public void Hold_no_unfinished_business() => Where((_, line) => Unfinished().IsMatch(line), ".cs", ".sql", ".sh")
        .ShouldBeEmpty("what is left to do is an issue, not a comment");

    [Fact]
    public void Have_file_scoped_namespaces() => Where((_, line) => BlockNamespace().IsMatch(line), ".cs")
        .ShouldBeEmpty("namespace ends with a semicolon");

    [Fact]
    public void Are_in_the_namespace_of_their_project() => Code(".cs")
        .Where(file => file.Lines.FirstOrDefault(line => line.StartsWith("namespace ")) is { } line
            && !line.StartsWith($"namespace EventLedger.{ProjectOf(file)}"))
        .Select(file => file.Path)
        .ShouldBeEmpty("the namespace begins with EventLedger and the project's name");

    [Fact]
    public void That_count_money_know_no_floating_point() =>
        Where((file, line) => WithoutFloats.Any(file.Path.StartsWith) && Float().IsMatch(WithoutComment(line)), ".cs")
            .ShouldBeEmpty("amounts are long, and decimal begins at the edge");

    [Fact]
    public void Of_the_product_do_not_read_the_clock_but_are_given_one() =>
        Where((file, line) => file.Path.StartsWith("src/") && StaticClock().IsMatch(WithoutComment(line)), ".cs")
            .ShouldBeEmpty("time comes from a TimeProvider");

    [Fact]
    public void Of_tests_wait_for_conditions_and_never_for_time() =>
        Where((file, line) => file.Path.StartsWith("tests/") && Sleep().IsMatch(WithoutComment(line)), ".cs")
            .Where(found => !found.StartsWith("tests/Testing/"))
            .ShouldBeEmpty("use Eventually, or Elapse where the passing of time is the trouble under test");

    [Fact]
    public void Hide_no_warning_without_its_reason() => Where((_, line) => Suppression().IsMatch(line), ".cs")
        .ShouldBeEmpty("a warning is mended, or suppressed by an attribute with a Justification on the same line");

    private static IEnumerable<SourceFile> Code(params string[] endings) =>
        new[] { "src", "tests", "bench", "ops" }.SelectMany(folder => Project.Files(folder, endings));

    private static IEnumerable<string> Where(Func<SourceFile, string, bool> wrong, params string[] endings) =>
        from file in Code(endings)
        from line in file.Lines.Index()
        where wrong(file, line.Item)
        select $"{file.Path}:{line.Index + 1}: {line.Item.Trim()}";

    private static string ProjectOf(SourceFile file) => file.Path.Split('/')[1];

    private static string WithoutComment(string line) => line.Split("//")[0];

    // The words are put together here, or this file would be found.
    [GeneratedRegex("\\b(TO" + "DO|HA" + "CK|FIX" + "ME|XX" + "X)\\b", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Unfinished();

    [GeneratedRegex("^\\s*namespace\\s+[\\w.]+\\s*\\{?\\s*$", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex BlockNamespace();

    [GeneratedRegex("\\b(double|float)\\b(?=[\\s?>\\[(,])", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Float();

    [GeneratedRegex(
        "\\b(DateTime|DateTimeOffset)\\.(UtcNow|Now|Today)\\b|\\bStopwatch\\b",
        RegexOptions.ExplicitCapture,
        MatchLimitMs)]
    private static partial Regex StaticClock();

    [GeneratedRegex("\\b(Thread\\.S" + "leep|Task\\.D" + "elay)\\b", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Sleep();

    [GeneratedRegex(
        "#prag" + "ma warning|\\bSuppress" + "Message\\((?!.*Justification = \")",
        RegexOptions.ExplicitCapture,
        MatchLimitMs)]
    private static partial Regex Suppression();
}
