namespace EventLedger.Nats.Tests;

/// <summary>A test that mounts a file system, which only root can.</summary>
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() => Skip = Environment.UserName == "root" ? null : "Mounting a file system needs root.";
}
