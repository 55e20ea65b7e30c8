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
    public async Task<(int ExitCode, string Output)> RunAsync(
        string folder, IEnumerable<KeyValuePair<string, string>> environment)
    {
        // Line for line as in the document, so that a fault is named by its line there; the first one is a heading.
        var script = Path.Combine(folder, name);
        await File.WriteAllLinesAsync(script, [Trap, .. Script().Skip(1)]);
        return await Shell.RunAsync(folder, environment, "bash", "-eE", "-o", "pipefail", script);
    }

    private IEnumerable<string> Script()
    {
        var isExample = false;

        foreach (var line in Lines)
        {
            isExample = isExample ? line != End : line == Begin;
            yield return isExample && line != Begin ? line : "";
        }
    }
}
