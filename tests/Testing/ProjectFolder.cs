namespace EventLedger.Testing;

/// <summary>The project as it was checked out, found from where the tests were built.</summary>
public static class ProjectFolder
{
    private const string Solution = "EventLedger.sln";

    /// <summary>The folder with the solution in it, whole.</summary>
    /// <remarks>Not from <c>[CallerFilePath]</c>: a deterministic build writes <c>/_/</c> there.</remarks>
    /// <exception cref="DirectoryNotFoundException">The tests were moved out of the project.</exception>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;

        while (!File.Exists(Path.Combine(folder, Solution)))
        {
            folder = Path.GetDirectoryName(folder)
                ?? throw new DirectoryNotFoundException($"No {Solution} above {AppContext.BaseDirectory}.");
        }

        return folder;
    }
}
