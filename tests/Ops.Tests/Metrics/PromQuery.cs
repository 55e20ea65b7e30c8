using System.Text.RegularExpressions;

namespace EventLedger.Ops.Tests.Metrics;

/// <summary>Finds the metrics that a PromQL expression asks for.</summary>
internal static partial class PromQuery
{
    private const int MatchLimitMs = 1000;

    private static readonly string[] Operators = ["and", "or", "unless", "bool", "offset"];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> MetricsIn(string expression)
    {
        var bare = Grouping().Replace(Selector().Replace(expression, ""), "");
        return
        [
            .. Name().Matches(bare).Select(match => match.Value).Where(name => !Operators.Contains(name)).Distinct(),
        ];
    }

    // Labels in braces, times in brackets, and texts.
    [GeneratedRegex("""\{[^}]*\}|\[[^\]]*\]|"[^"]*"|\b[0-9]+[smhd]\b""", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Selector();

    [GeneratedRegex(
        @"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Grouping();

    // What a bracket follows is a function.
    [GeneratedRegex(@"\b[a-zA-Z_:][a-zA-Z0-9_:]*\b(?!\s*\()", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Name();
}
