using System.Text.RegularExpressions;
using EventLedger.Ops.Tests.Files;

namespace EventLedger.Ops.Tests.Runbooks;

/// <summary>A page of <c>ops/runbooks</c>.</summary>
internal sealed partial class Runbook(string path)
{
    private const int MatchLimitMs = 1000;

    private readonly string text = ProjectFiles.Read(path);

    /// <summary>All pages.</summary>
    public static IReadOnlyList<Runbook> All { get; } =
        [.. ProjectFiles.Below("ops/runbooks", "*.md").Select(file => new Runbook(file))];

    /// <summary>Where it lies.</summary>
    public string Path { get; } = path;

    /// <summary>Its first line, without the sign.</summary>
    public string Title => text.Split('\n')[0][2..];

    /// <summary>The headings below that.</summary>
    public IEnumerable<string> Headings =>
        text.Split('\n').Where(line => line.StartsWith("## ")).Select(line => line[3..]);

    /// <summary>Whether it has commands marked <c>sh</c>, which a test runs.</summary>
    public bool IsRun => Fence().Matches(text).Any(fence => fence.Groups["run"].Success);

    /// <summary>
    /// The other commands that it gives, each as its words; a remark between them isn't one.
    /// </summary>
    public IEnumerable<string[]> Commands => Fence().Matches(text).Where(fence => !fence.Groups["run"].Success)
        .SelectMany(fence => fence.Groups["lines"].Value.Split('\n'))
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(Words);

    /// <summary>The files that it leads to.</summary>
    public IEnumerable<string> Links => Link().Matches(text).Select(match => match.Groups["to"].Value);

    // As a shell would take them apart, as far as these pages need it.
    private static string[] Words(string line) =>
        [.. Word().Matches(line).Select(word => word.Value.Trim('"'))];

    [GeneratedRegex("^```(?<run>sh)?\n(?<lines>.*?)^```$",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline | RegexOptions.Singleline, MatchLimitMs)]
    private static partial Regex Fence();

    [GeneratedRegex("\"[^\"]*\"|[^ ]+", RegexOptions.None, MatchLimitMs)]
    private static partial Regex Word();

    [GeneratedRegex(@"\]\((?<to>[^)#]+)\)", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Link();
}
