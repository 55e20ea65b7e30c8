using System.CommandLine;
using System.Net;
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
            settings, Limit, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error,
            cancellation));
        return command;
    }

    /// <summary>Asks for a push, and waits for its end so long.</summary>
    internal static async Task<int> RunAsync(
        LedgerSettings settings, TimeSpan limit, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var secret = settings.AdminSecret
            ?? throw new SettingException("ADMIN_SECRET", "is not set", "the secret that the service was started with");
        using var client = LocalService.Open(settings.Port, limit);
        using var request = new HttpRequestMessage(HttpMethod.Post, NodePushEndpoints.Path);
        request.Headers.TryAddWithoutValidation(AdminSecret.Header, secret);

        try
        {
            using var response = await client.SendAsync(request, cancellation);
            var answer = await response.Content.ReadAsStringAsync(cancellation);

            if (!response.IsSuccessStatusCode)
            {
                await error.WriteLineAsync($"ledger: the push failed: {ReasonOf(answer, response.StatusCode)}");
                return ExitCode.Failed;
            }

            var pushed = JsonSerializer.Deserialize<NodePushResponse>(answer, Json) ?? throw new JsonException();
            await output.WriteLineAsync(
                $"files {pushed.Files}, records {pushed.Records}, commit {pushed.Commit ?? "none, all was there"}");
            return ExitCode.Done;
        }
        catch (JsonException)
        {
            await error.WriteLineAsync($"ledger: what answers on port {settings.Port} is no ledger");
            return ExitCode.Failed;
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            await error.WriteLineAsync(
                $"ledger: the service on port {settings.Port} didn't answer within {limit}; the push may go on");
            return ExitCode.Unreachable;
        }
        catch (HttpRequestException unreachable)
        {
            await error.WriteLineAsync($"ledger: no service answers on port {settings.Port}: {unreachable.Message}");
            return ExitCode.Unreachable;
        }
    }

    private static string ReasonOf(string answer, HttpStatusCode status)
    {
        try
        {
            if (JsonElement.Parse(answer) is { ValueKind: JsonValueKind.Object } problem
                && problem.TryGetProperty("error", out var reason))
            {
                return reason.ToString();
            }
        }
        catch (JsonException)
        {
            // No ledger's answer: its status is all there is to tell.
        }

        return $"the service on its port answers with {(int)status}";
    }
}
