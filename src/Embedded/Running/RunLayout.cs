namespace EventLedger.Embedded.Running;

/// <summary>Where the project is, and in it the programs of the last build.</summary>
/// <param name="Root">The project's folder.</param>
/// <param name="Ledger">The ledger.</param>
/// <param name="Proxy">The proxy.</param>
internal sealed record RunLayout(string Root, string Ledger, string Proxy)
{
    private const string Marker = "EventLedger.sln";
    private const string Build = "bin/Release/net10.0";

    /// <summary>Where state is kept when nothing else is asked for.</summary>
    public string DataFolder => Path.Combine(Root, ".local");

    /// <summary>The project that this program was built in; throws when it hasn't been built whole.</summary>
    public static RunLayout Find()
    {
        var root = AppContext.BaseDirectory;

        while (!File.Exists(Path.Combine(root, Marker)))
        {
            root = Path.GetDirectoryName(root)
                ?? throw new EmbeddedException($"{AppContext.BaseDirectory} is in no folder with {Marker}.");
        }

        return new(
            root,
            Built(Path.Combine(root, "src/Ledger", Build, "ledger.dll")),
            Built(Path.Combine(root, "src/Proxy", Build, "metering-proxy.dll")));
    }

    private static string Built(string program) => File.Exists(program)
        ? program
        : throw new EmbeddedException($"{program} is not built: ./run builds it.");
}
