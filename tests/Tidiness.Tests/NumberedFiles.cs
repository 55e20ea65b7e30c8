namespace EventLedger.Tidiness.Tests;

/// <summary>Files whose numbers tell their order.</summary>
public class NumberedFiles
{
    private const int DecisionLinesMax = 60;

    [Fact]
    public void Migrations_are_numbered_across_projects_without_gap_or_twin() =>
        Numbers(Project.Files("src", ".sql").Where(file => file.Path.Contains("/Migrations/"))).ShouldBeGapless();

    [Fact]
    public void Decisions_are_numbered_without_gap_or_twin() =>
        Numbers(Project.Files("docs/decisions", ".md")).ShouldBeGapless();

    [Fact]
    public void Decisions_are_short() => Project.Files("docs/decisions", ".md")
        .Where(file => file.Lines.Length > DecisionLinesMax)
        .Select(file => $"{file.Path} has {file.Lines.Length} lines")
        .ShouldBeEmpty($"a decision has at most {DecisionLinesMax} lines");

    [Fact]
    public void Migrations_say_in_their_first_line_what_they_are_for() => Project.Files("src", ".sql")
        .Where(file => file.Path.Contains("/Migrations/") && file.Lines.FirstOrDefault()?.StartsWith("-- ") != true)
        .Select(file => file.Path)
        .ShouldBeEmpty("a migration begins with a comment");

    private static IReadOnlyList<string> Numbers(IEnumerable<SourceFile> files) =>
        [.. files.Select(file => Path.GetFileName(file.Path).Split('_', '-')[0]).Order(StringComparer.Ordinal)];
}

internal static class NumberedFilesAssertions
{
    public static void ShouldBeGapless(this IReadOnlyList<string> numbers) =>
        numbers.ShouldBe(Enumerable.Range(1, numbers.Count).Select(number => $"{number:0000}"));
}
