using System.Xml.Linq;
using EventLedger.Testing;

namespace EventLedger.Tidiness.Tests;

/// <summary>A source file of ours, by its path from the project's root.</summary>
internal sealed record SourceFile(string Path, string[] Lines);

/// <summary>The project as it lies on disk, without what is built or kept there.</summary>
internal static class Project
{
    private static readonly string[] NotOurs = ["bin", "obj", "TestResults", ".git", ".local", ".vs", ".idea"];

    /// <summary>The folder with the solution in it.</summary>
    public static string Root => ProjectFolder.Root;

    /// <summary>All files below a folder whose name ends so.</summary>
    public static IEnumerable<SourceFile> Files(string folder, params string[] endings)
    {
        var start = Path.Combine(Root, folder);

        return Directory.Exists(start)
            ? Walk(start)
                .Where(path => endings.Any(path.EndsWith))
                .Order(StringComparer.Ordinal)
                .Select(path => new SourceFile(Path.GetRelativePath(Root, path), File.ReadAllLines(path)))
            : [];
    }

    /// <summary>The projects that each project refers to, by name.</summary>
    public static IReadOnlyDictionary<string, string[]> References() => Files("", ".csproj").ToDictionary(
        project => Path.GetFileNameWithoutExtension(project.Path),
        project => XDocument.Parse(string.Join('\n', project.Lines))
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!))
            .ToArray());

    private static IEnumerable<string> Walk(string folder) =>
    [
        .. Directory.GetFiles(folder),
        .. Directory.GetDirectories(folder).Where(below => !NotOurs.Contains(Path.GetFileName(below))).SelectMany(Walk),
    ];
}
