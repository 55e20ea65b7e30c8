namespace EventLedger.Embedded.Processes;

/// <summary>Where the programs are that we start.</summary>
internal static class Programs
{
    private const string PostgresVersions = "/usr/lib/postgresql";

    // An ordinary user's PATH often lacks these, and Debian puts nats-server into one of them.
    private static readonly string[] SystemFolders = ["/usr/local/bin", "/usr/local/sbin", "/usr/sbin", "/usr/bin"];

    /// <summary>The nats-server program.</summary>
    public static string NatsServer() => Find("nats-server", SearchPath())
        ?? throw new EmbeddedException("nats-server is not installed: apt-get install nats-server");

    /// <summary>The folder with initdb and postgres, of the newest version that is installed.</summary>
    public static string PostgresFolder()
    {
        var folders = Directory.Exists(PostgresVersions)
            ? Directory.GetDirectories(PostgresVersions)
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var version) ? version : 0)
                .Select(folder => Path.Combine(folder, "bin"))
            : [];

        return Find("postgres", [.. folders, .. SearchPath()]) is { } postgres
            ? Path.GetDirectoryName(postgres)!
            : throw new EmbeddedException("PostgreSQL is not installed: apt-get install postgresql");
    }

    /// <summary>The program that runs us, for children of ours that are .NET programs too.</summary>
    public static string Dotnet() => Environment.ProcessPath is { } self && Path.GetFileName(self) == "dotnet"
        ? self
        : "dotnet";

    private static string? Find(string program, IEnumerable<string> folders) =>
        folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> SearchPath() =>
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), .. SystemFolders];
}
