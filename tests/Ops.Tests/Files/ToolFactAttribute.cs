namespace EventLedger.Ops.Tests.Files;

/// <summary>A test that needs a tool, and says so where the machine doesn't have it.</summary>
internal sealed class ToolFactAttribute : FactAttribute
{
    /// <summary>Skips the test without the tool.</summary>
    public ToolFactAttribute(string tool) =>
        Skip = new Tool(tool).IsFound ? null : $"{tool} is not on this machine.";
}

/// <summary>A test with several cases that needs a tool, and says so where the machine doesn't have it.</summary>
internal sealed class ToolTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the test without the tool.</summary>
    public ToolTheoryAttribute(string tool) =>
        Skip = new Tool(tool).IsFound ? null : $"{tool} is not on this machine.";
}
