using System.Text.Json;
using EventLedger.Ops.Tests.Files;

namespace EventLedger.Ops.Tests.Containers;

/// <summary>A Dockerfile's instructions, by stage.</summary>
internal sealed class Dockerfile
{
    private Dockerfile(IReadOnlyList<IReadOnlyList<(string Name, string Value)>> stages) => Stages = stages;

    /// <summary>The stages; the last one is what runs.</summary>
    public IReadOnlyList<IReadOnlyList<(string Name, string Value)>> Stages { get; }

    /// <summary>Reads one.</summary>
    public static Dockerfile Read(string path)
    {
        var stages = new List<IReadOnlyList<(string, string)>>();
        var stage = new List<(string, string)>();

        foreach (var line in ProjectFiles.Read(path).Replace("\\\n", " ").Split('\n').Where(IsInstruction))
        {
            var (name, value) = (line.Split(' ')[0], line[(line.IndexOf(' ') + 1)..].Trim());

            if (name == "FROM")
            {
                stages.Add(stage = []);
            }

            stage.Add((name, value));
        }

        return new(stages);
    }

    /// <summary>The one instruction of a name in the last stage.</summary>
    public string Last(string name) => Stages[^1].Single(instruction => instruction.Name == name).Value;

    /// <summary>The words of an instruction in the form that needs no shell.</summary>
    public string[] Words(string name) => JsonSerializer.Deserialize<string[]>(Last(name)[Last(name).IndexOf('[')..])!;

    private static bool IsInstruction(string line) => line.Length > 0 && line[0] != '#';
}
