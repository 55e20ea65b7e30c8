using EventLedger.Ops.Tests.Files;

namespace EventLedger.Ops.Tests.Systemd;

/// <summary>A unit file: what each section says, in order; a name may come several times.</summary>
internal sealed class Unit
{
    private readonly List<(string Section, string Name, string Value)> lines = [];

    /// <summary>Reads one.</summary>
    /// <exception cref="FormatException">A line is neither a section, a setting nor a comment.</exception>
    public Unit(string path)
    {
        var section = "";

        foreach (var line in ProjectFiles.Read(path).Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line is ['[', .., ']'])
            {
                section = line[1..^1];
            }
            else if (section.Length > 0 && line.Split('=', 2) is [var name, var value] && !name.Contains(' '))
            {
                lines.Add((section, name, value));
            }
            else
            {
                throw new FormatException($"{path}: {line}");
            }
        }
    }

    /// <summary>Its sections.</summary>
    public IEnumerable<string> Sections => lines.Select(line => line.Section).Distinct();

    /// <summary>The environment variables that it sets.</summary>
    public IEnumerable<string> Variables => All("Service", "Environment")
        .SelectMany(value => value.Split(' ')).Select(setting => setting.Split('=')[0]);

    /// <summary>The one value of a setting.</summary>
    public string Value(string section, string name) => All(section, name).Single();

    /// <summary>All values of a setting.</summary>
    public IEnumerable<string> All(string section, string name) =>
        lines.Where(line => line.Section == section && line.Name == name).Select(line => line.Value);
}
