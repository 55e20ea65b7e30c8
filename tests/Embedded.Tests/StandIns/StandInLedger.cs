using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EventLedger.Embedded.Tests.StandIns;

/// <summary>Answers as the ledger does, with balances that <see cref="StandInProxy"/> writes to files.</summary>
internal static class StandInLedger
{
    public const string Token = "stand-in.token";

    public static async Task RunAsync()
    {
        var data = Path.GetDirectoryName(Environment.GetEnvironmentVariable("JWT_SECRET_FILE"))!;
        await using var app = Build("LEDGER_PORT");
        app.MapGet("/readyz", () => "ready");
        app.MapGet("/billing/customers/{id}/balance", (string id, HttpRequest request) =>
        {
            var file = Path.Combine(data, "spool", id);

            if (request.Headers.Authorization != $"Bearer {Token}")
            {
                return Results.Unauthorized();
            }

            return File.Exists(file)
                ? Results.Json(new { balance_micro_omr = long.Parse(File.ReadAllText(file)) })
                : Results.NotFound();
        });
        await app.RunAsync();
    }

    /// <summary>A silent server on the port that the variable names.</summary>
    public static WebApplication Build(string portVariable)
    {
        var port = int.Parse(Environment.GetEnvironmentVariable(portVariable)!);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        return builder.Build();
    }
}
