using EventLedger.Ops.Tests.Files;
using EventLedger.Testing;

namespace EventLedger.Ops.Tests.Containers;

[Collection(WithRunningPrograms.Name)]
public class AskingForHealth(RunningPrograms programs)
{
    [Fact]
    public async Task A_ledger_that_answers_is_well() =>
        (await AskAsync("ledger", "LEDGER_PORT", programs.LedgerPort)).ExitCode.ShouldBe(0);

    [Fact]
    public async Task A_proxy_that_answers_is_well() =>
        (await AskAsync("metering-proxy", "LISTEN_PORT", programs.ProxyPort)).ExitCode.ShouldBe(0);

    [Theory]
    [InlineData("ledger", "LEDGER_PORT")]
    [InlineData("metering-proxy", "LISTEN_PORT")]
    public async Task One_that_doesnt_is_named_with_its_port(string program, string variable)
    {
        var port = FreePort.Next();

        var (exitCode, error) = await AskAsync(program, variable, port);

        exitCode.ShouldNotBe(0);
        error.ShouldContain($"{port}");
    }

    private async Task<(int ExitCode, string Error)> AskAsync(string program, string variable, int port)
    {
        var (exitCode, _, error) = await new Tool("env").RunAsync(
            $"{variable}={port}", $"NATS_URL={programs.NatsUrl}", "dotnet",
            Path.Combine(AppContext.BaseDirectory, $"{program}.dll"), "healthcheck");
        return (exitCode, error);
    }
}
