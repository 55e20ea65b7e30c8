using EventLedger.Testing;

namespace EventLedger.Ops.Tests.Files;

/// <summary>Files of the project, by their path from its root.</summary>
internal static class ProjectFiles
{
    private static readonly string[] NotOurs = ["bin", "obj", "TestResults", ".git", ".local", ".vs", ".idea"];

    /// <summary>Where a file lies.</summary>
    public static string PathOf(string path) => Path.Combine(ProjectFolder.Root, path);

    /// <summary>Whether there is one.</summary>
    public static bool Exists(string path) => Path.Exists(PathOf(path));

    /// <summary>Its text.</summary>
    public static string Read(string path) => File.ReadAllText(PathOf(path));

    /// <summary>All files below a folder, or those whose name fits a pattern.</summary>
    public static IReadOnlyList<string> Below(string folder, string pattern = "*") =>
    [
        .. Directory.EnumerateFiles(PathOf(folder), pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(ProjectFolder.Root, file))
            .Where(file => !file.Split('/').Intersect(NotOurs).Any())
            .Order(StringComparer.Ordinal),
    ];
}
