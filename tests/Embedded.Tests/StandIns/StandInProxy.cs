using System.Net.Mime;
using System.Text;
using EventLedger.Embedded.Examples;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace EventLedger.Embedded.Tests.StandIns;

/// <summary>Passes a request on and charges its tokens, as the proxy and the ledger together do.</summary>
internal static class StandInProxy
{
    private const long MicroOmrPerToken = 156;

    private static readonly HttpClient Upstream = new();
    private static readonly string Balances = Environment.GetEnvironmentVariable("SPOOL_DIR")!;

    public static async Task RunAsync()
    {
        Directory.CreateDirectory(Balances);
        await using var app = StandInLedger.Build("LISTEN_PORT");
        app.MapGet("/healthz", () => "healthy");
        app.MapPost("/v1/chat/completions", PassOnAsync);
        await app.RunAsync();
    }

    private static async Task<IResult> PassOnAsync(HttpRequest request)
    {
        var url = $"{Environment.GetEnvironmentVariable("NEWAPI_UPSTREAM_URL")}{request.Path}";
        var question = await new StreamReader(request.Body).ReadToEndAsync();
        using var content = new StringContent(question, Encoding.UTF8, MediaTypeNames.Application.Json);
        using var response = await Upstream.PostAsync(new Uri(url), content);
        var body = await response.Content.ReadAsStringAsync();
        var type = response.Content.Headers.ContentType!.MediaType!;

        var tokens = ExampleUsage.Tokens(body, type == MediaTypeNames.Text.EventStream)!.Value;
        Charge(request.Headers["x-customer-id"]!, tokens);
        return Results.Text(body, type);
    }

    // Aside and renamed: the ledger's stand-in may be reading.
    private static void Charge(string customer, long tokens)
    {
        var file = Path.Combine(Balances, customer);
        var balance = File.Exists(file) ? long.Parse(File.ReadAllText(file)) : 0;
        File.WriteAllText(file + ".new", $"{balance - (tokens * MicroOmrPerToken)}");
        File.Move(file + ".new", file, overwrite: true);
    }
}
