using System.CommandLine;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger healthcheck</c>: for a container, which has no other program that could ask.</summary>
internal static class HealthcheckCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var command = new Verb(
            "healthcheck", "Exit 0 if the service on LEDGER_PORT of this machine answers.", ["ledger healthcheck"]);
        command.SetAction((parsed, cancellation) =>
            RunAsync(settings.Port, parsed.InvocationConfiguration.Error, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(int port, TextWriter error, CancellationToken cancellation)
    {
        using var client = LocalService.Open(port, Limit);

        try
        {
            using var answer = await client.GetAsync("/healthz", cancellation);
            answer.EnsureSuccessStatusCode();
            return ExitCode.Done;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            await error.WriteLineAsync($"ledger: no service answers on port {port}: {failure.Message}");
            return ExitCode.Unreachable;
        }
    }
}
