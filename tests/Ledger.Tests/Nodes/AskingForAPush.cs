using EventLedger.Ledger.Cli;
using EventLedger.Ledger.Http;
using EventLedger.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace EventLedger.Ledger.Tests.Nodes;

/// <summary>What <c>ledger push-usage</c> says of answers that no ledger in order gives.</summary>
public class AskingForAPush
{
    [Theory]
    [InlineData(200, "<html>", "is no ledger")]
    [InlineData(200, "null", "is no ledger")]
    [InlineData(200, "[]", "is no ledger")]
    [InlineData(500, "[1]", "the push failed: the service on its port answers with 500")]
    [InlineData(502, "<html>", "the push failed: the service on its port answers with 502")]
    [InlineData(409, "{\"error\":\"busy\"}", "the push failed: busy")]
    public async Task An_answer_that_is_no_result_fails_with_1_and_says_so(int status, string body, string said)
    {
        var (exitCode, error) = await AskAsync(
            (_, _) => Task.FromResult(Results.Text(body, statusCode: status)), TimeSpan.FromMinutes(1));

        exitCode.ShouldBe(1);
        error.ShouldContain(said);
    }

    [Fact]
    public async Task A_service_that_takes_too_long_is_3()
    {
        var (exitCode, error) = await AskAsync(
            async (_, gone) =>
            {
                await new TaskCompletionSource().Task.WaitAsync(gone);
                return Results.Ok();
            },
            TimeSpan.FromMilliseconds(200));

        exitCode.ShouldBe(3);
        error.ShouldContain("didn't answer within 00:00:00.2");
    }

    private static async Task<(int ExitCode, string Error)> AskAsync(
        Func<HttpContext, CancellationToken, Task<IResult>> answer, TimeSpan limit)
    {
        var port = FreePort.Next();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        await using var service = builder.Build();
        service.MapPost(NodePushEndpoints.Path, answer);
        await service.StartAsync();
        var settings = LedgerHost.Settings("", "", port, ("ADMIN_SECRET", NodeUsage.AdminSecret));
        var error = new StringWriter();

        var exitCode = await PushUsageCommand.RunAsync(settings, limit, TextWriter.Null, error, default);
        return (exitCode, error.ToString());
    }
}
