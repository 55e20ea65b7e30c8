namespace EventLedger.Embedded.Running;

/// <summary>
/// The size of the proxy's first generation. A collection stops all requests; with 64 MiB there are a quarter as many
/// as by the runtime's default, for about 46 MiB more of resident memory. The runtime reads it from the environment
/// alone, so whoever starts the proxy says it: <c>runtimeconfig.json</c> has no such setting.
/// </summary>
public static class FirstGeneration
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "DOTNET_GCgen0size";

    /// <summary>64 MiB: the runtime reads it as a hexadecimal number of bytes.</summary>
    public const string Bytes = "0x4000000";
}
