using System.CommandLine;

namespace EventLedger.Ledger.Cli;

/// <summary>What a verb says of a customer that the ledger doesn't know.</summary>
internal static class UnknownCustomer
{
    /// <summary>Says so; gives the exit code.</summary>
    public static async Task<int> SayUnknownAsync(this InvocationConfiguration streams, string customerId)
    {
        await streams.Error.WriteLineAsync($"ledger: customer {customerId} is not known");
        return ExitCode.Failed;
    }
}
