using System.CommandLine;
using System.Text.Json;
using EventLedger.Ledger.Http;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger push-usage --once</c>: has the service of this machine push its node usage now.</summary>
internal static class PushUsageCommand
{
    // Longer than a push and all that it tries again may take.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var once = new Option<bool>("--once")
        {
            Description = "Push once, and end. Regularly, the service does it itself: PUSH_INTERVAL.",
            Required = true,
        };
        var command = new Verb(
            "push-usage",
            "Have the service on LEDGER_PORT push its node usage now; needs its ADMIN_SECRET.",
            ["ledger push-usage --once"])
        {
            once,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var secret = settings.AdminSecret
            ?? throw new SettingException("ADMIN_SECRET", "is not set", "the secret that the service was started with");
        using var client = new HttpClient { Timeout = Limit };
        using var request = new HttpRequestMessage(
            HttpMethod.Post, $"http://127.0.0.1:{settings.Port}{NodePushEndpoints.Path}");
        request.Headers.TryAddWithoutValidation(AdminSecret.Header, secret);

        try
        {
            using var response = await client.SendAsync(request, cancellation);
            return response.IsSuccessStatusCode
                ? await SayAsync(await response.Content.ReadFromJsonAsync<NodePushResponse>(Json, cancellation), output)
                : await FailAsync(await response.Content.ReadAsStringAsync(cancellation), error);
        }
        catch (HttpRequestException unreachable)
        {
            await error.WriteLineAsync($"ledger: no service answers on port {settings.Port}: {unreachable.Message}");
            return ExitCode.Unreachable;
        }
    }

    private static async Task<int> SayAsync(NodePushResponse? pushed, TextWriter output)
    {
        await output.WriteLineAsync(
            $"files {pushed!.Files}, records {pushed.Records}, commit {pushed.Commit ?? "none, all was there"}");
        return ExitCode.Done;
    }

    private static async Task<int> FailAsync(string problem, TextWriter error)
    {
        await error.WriteLineAsync($"ledger: the push failed: {ReasonOf(problem)}");
        return ExitCode.Failed;
    }

    private static string ReasonOf(string problem)
    {
        try
        {
            return JsonElement.Parse(problem).TryGetProperty("error", out var reason) ? reason.ToString() : problem;
        }
        catch (JsonException)
        {
            return problem;
        }
    }
}
