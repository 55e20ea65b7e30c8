namespace EventLedger.Proxy.Tests.Rig;

/// <summary>A test that mounts file systems, which only root can.</summary>
internal sealed class RootFactAttribute : FactAttribute
{
    /// <summary>Skips the test for other users.</summary>
    public RootFactAttribute() => Skip = Environment.UserName == "root" ? null : "Mounting a file system needs root.";
}

/// <summary>A test of several cases that mounts file systems, which only root can.</summary>
internal sealed class RootTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the test for other users.</summary>
    public RootTheoryAttribute() => Skip = new RootFactAttribute().Skip;
}
