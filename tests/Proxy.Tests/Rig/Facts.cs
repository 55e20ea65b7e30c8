namespace EventLedger.Proxy.Tests.Rig;

/// <summary>A test that mounts file systems, which only root can.</summary>
internal sealed class RootFactAttribute : FactAttribute
{
    /// <summary>Skips the test for other users.</summary>
    public RootFactAttribute() => Skip = Environment.UserName == "root" ? null : "Mounting a file system needs root.";
}

/// <summary>How long tests go on: a few rounds, or many with <c>EVENTLEDGER_LONG=1</c>.</summary>
internal static class Long
{
    /// <summary>Whether the long variants were asked for.</summary>
    public static bool IsOn => Environment.GetEnvironmentVariable("EVENTLEDGER_LONG") == "1";

    /// <summary>The one or the other number.</summary>
    public static int Or(int asLong, int usually) => IsOn ? asLong : usually;
}
