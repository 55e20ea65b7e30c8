namespace EventLedger.Nats.Tests;

/// <summary>Whether to run the long variants: <c>EVENTLEDGER_LONG=1</c>.</summary>
internal static class Long
{
    public static bool Run { get; } = Environment.GetEnvironmentVariable("EVENTLEDGER_LONG") == "1";
}
