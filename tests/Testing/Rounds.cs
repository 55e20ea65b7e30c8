namespace EventLedger.Testing;

/// <summary>How many rounds of a long test to run: <c>./test --long</c> sets <c>EVENTLEDGER_LONG=1</c>.</summary>
public static class Rounds
{
    /// <summary>Whether the full counts are asked for.</summary>
    public static bool AreLong => Environment.GetEnvironmentVariable("EVENTLEDGER_LONG") == "1";

    /// <summary>A few rounds, or all of them.</summary>
    public static int Of(int few, int many) => AreLong ? many : few;
}
