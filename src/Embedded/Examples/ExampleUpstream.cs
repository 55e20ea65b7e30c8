using System.Net;
using System.Net.Mime;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EventLedger.Embedded.Examples;

/// <summary>
/// A small server that answers chat completions in the OpenAI form, plain and streamed; one word is one token.
/// </summary>
internal sealed class ExampleUpstream : IAsyncDisposable
{
    private readonly WebApplication app;

    private ExampleUpstream(WebApplication app) => this.app = app;

    public static async Task<ExampleUpstream> StartAsync(int port, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));

        var upstream = new ExampleUpstream(builder.Build());
        upstream.app.MapPost("/v1/chat/completions", CompleteAsync);
        await upstream.app.StartAsync(cancellation);
        return upstream;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static Task CompleteAsync(HttpContext http, JsonObject request)
    {
        var model = (string?)request["model"] ?? "example";
        var prompt = Words(string.Join(' ', request["messages"]?.AsArray().Select(m => (string?)m?["content"]) ?? []));
        string[] reply = ["You", "said:", .. prompt];
        var usage = Usage(prompt.Length, reply.Length);

        return (bool?)request["stream"] == true
            ? StreamAsync(http, model, reply, (bool?)request["stream_options"]?["include_usage"] == true ? usage : null)
            : http.Response.WriteAsJsonAsync(Completion(model, reply, usage), http.RequestAborted);
    }

    private static async Task StreamAsync(HttpContext http, string model, string[] reply, JsonObject? usage)
    {
        http.Response.ContentType = MediaTypeNames.Text.EventStream;

        foreach (var word in reply)
        {
            await SendAsync(http, Chunk(model, [Choice("delta", word + ' ', finish: null)]).ToJsonString());
        }

        await SendAsync(http, Chunk(model, [Choice("delta", "", finish: "stop")]).ToJsonString());

        if (usage is not null)
        {
            var last = Chunk(model, []);
            last["usage"] = usage;
            await SendAsync(http, last.ToJsonString());
        }

        await SendAsync(http, "[DONE]");
    }

    private static async Task SendAsync(HttpContext http, string data)
    {
        await http.Response.WriteAsync($"data: {data}\n\n", Encoding.UTF8, http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    private static JsonObject Completion(string model, string[] reply, JsonObject usage) => new()
    {
        ["id"] = "example",
        ["object"] = "chat.completion",
        ["model"] = model,
        ["choices"] = new JsonArray(Choice("message", string.Join(' ', reply), finish: "stop")),
        ["usage"] = usage,
    };

    private static JsonObject Chunk(string model, JsonArray choices) => new()
    {
        ["id"] = "example",
        ["object"] = "chat.completion.chunk",
        ["model"] = model,
        ["choices"] = choices,
    };

    private static JsonObject Choice(string kind, string content, string? finish) => new()
    {
        ["index"] = 0,
        [kind] = new JsonObject { ["role"] = "assistant", ["content"] = content },
        ["finish_reason"] = finish,
    };

    private static JsonObject Usage(int promptTokens, int completionTokens) => new()
    {
        ["prompt_tokens"] = promptTokens,
        ["completion_tokens"] = completionTokens,
        ["total_tokens"] = promptTokens + completionTokens,
    };

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
