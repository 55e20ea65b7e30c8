using System.Text.RegularExpressions;

namespace EventLedger.Tidiness.Tests;

/// <summary>Numbers of advisory locks, which the whole database shares.</summary>
public partial class AdvisoryLocks
{
    private const int MatchLimitMs = 1000;

    [Fact]
    public void Have_each_number_written_in_one_file_alone()
    {
        var written =
            from file in Project.Files("src", ".cs", ".sql")
            from line in file.Lines
            from Match number in LockNumber().Matches(line.Replace("_", ""))
            select (Number: number.Value, file.Path);
        var places = written.Distinct().ToLookup(one => one.Number, one => one.Path);

        places.Count.ShouldBeGreaterThan(5);
        places.Where(place => place.Skip(1).Any())
            .Select(place => $"{place.Key}: {string.Join(", ", place)}")
            .ShouldBeEmpty("two that write the same number wait for each other, or share one constant");
    }

    [GeneratedRegex("\\b7[0-9]{18}\\b", RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex LockNumber();
}
