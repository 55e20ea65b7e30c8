namespace EventLedger.Testing;

/// <summary>A folder of this test process under the temporary folder, removed with it.</summary>
public static class TestFolder
{
    private const string Prefix = "eventledger-test-";

    // A PostgreSQL that runs as another user has to get through it.
    private const UnixFileMode Passable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static readonly Lazy<string> Root = new(MakeRoot);
    private static int made;
    private static Action? end;

    /// <summary>A new folder for one test's things.</summary>
    public static string Make(string name)
    {
        var folder = Path.Combine(Root.Value, $"{name}-{Interlocked.Increment(ref made)}");
        MakePassable(folder);
        return folder;
    }

    /// <summary>Removes a folder and what is in it, as far as that is still there.</summary>
    public static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A server that is just ending may still write there; a later test process removes the rest.
        }
    }

    /// <summary>Runs when the process ends, before its folders go.</summary>
    internal static void BeforeRemoval(Action action) => end += action;

    private static string MakeRoot()
    {
        RemoveThoseOfDeadProcesses();
        var root = Path.Combine(Path.GetTempPath(), $"{Prefix}{Environment.ProcessId}");
        Remove(root);
        MakePassable(root);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            end?.Invoke();
            Remove(root);
        };
        return root;
    }

    private static void MakePassable(string folder)
    {
        Directory.CreateDirectory(folder);
        File.SetUnixFileMode(folder, Passable);
    }

    // A test process that was killed could not remove its own.
    private static void RemoveThoseOfDeadProcesses()
    {
        foreach (var folder in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*"))
        {
            if (!Directory.Exists($"/proc/{Path.GetFileName(folder)[Prefix.Length..]}"))
            {
                Remove(folder);
            }
        }
    }
}
