namespace EventLedger.Testing;

/// <summary>A document whose examples are run: its blocks marked <c>sh</c>, one after the other.</summary>
public sealed class ExampleDocument
{
    private const string Begin = "```sh";
    private const string End = "```";
    private const string Trap = "trap 'echo \"$0, line $LINENO: exited with $?\" >&2' ERR";

    private readonly string name;

    /// <summary>Reads a document.</summary>
    /// <param name="path">Where it is in the project.</param>
    public ExampleDocument(string path)
    {
        name = Path.GetFileName(path);
        Lines = File.ReadAllLines(Path.Combine(ProjectFolder.Root, path));
    }

    /// <summary>Its lines.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>Runs the examples in a folder, each line of which must succeed.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="environment">The variables.</param>
    /// <param name="heading">The one heading whose examples are run; null for all.</param>
    public async Task<(int ExitCode, string Output)> RunAsync(
        string folder, IEnumerable<KeyValuePair<string, string>> environment, string? heading = null)
    {
        // Line for line as in the document, so that a fault is named by its line there; the first one is a heading.
        var script = Path.Combine(folder, name);
        await File.WriteAllLinesAsync(script, [Trap, .. Script(heading).Skip(1)]);
        return await Shell.RunAsync(folder, environment, "bash", "-eE", "-o", "pipefail", script);
    }

    private IEnumerable<string> Script(string? heading)
    {
        var isExample = false;
        var isBelow = heading is null;

        foreach (var line in Lines)
        {
            if (heading is not null && !isExample && line.StartsWith("## ", StringComparison.Ordinal))
            {
                isBelow = line == $"## {heading}";
            }

            isExample = isExample ? line != End : line == Begin;
            yield return isExample && isBelow && line != Begin ? line : "";
        }
    }
}
