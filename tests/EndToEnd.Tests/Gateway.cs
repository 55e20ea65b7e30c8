using System.Text;
using EventLedger.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EventLedger.EndToEnd.Tests;

/// <summary>An LLM gateway of somebody else. What it answers follows from the path and the request id alone.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    private const int ChunksOfStream = 20;
    private readonly WebApplication server;

    private Gateway(WebApplication application, int port)
    {
        server = application;
        Url = $"http://127.0.0.1:{port}";
    }

    public string Url { get; }

    public static async Task<Gateway> StartAsync()
    {
        var port = FreePort.Next();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        var application = builder.Build();
        application.Run(AnswerAsync);
        await application.StartAsync();
        return new(application, port);
    }

    /// <summary>The tokens that the answer to request <paramref name="n"/> says it used.</summary>
    public static int TokensOf(int n) => 10 + (n * 7 % 90);

    /// <summary>The bytes of the answer to <paramref name="path"/> for request <paramref name="n"/>.</summary>
    public static byte[] BodyOf(string path, int n) => Encoding.UTF8.GetBytes(path switch
    {
        "/v1/chat/completions/stream" => StreamOf(n),
        "/v1/models" => """{"object":"list","data":[]}""",
        "/v1/nothing" => Completion(0, ""),
        "/v1/embeddings" => Completion(TokensOf(n), new string('x', 6 * 1024 * 1024)),
        _ => Completion(TokensOf(n), $"answer {n}"),
    });

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        var n = int.Parse(context.Request.Headers["X-Request-Id"].ToString().Split('-')[^1]);
        var path = context.Request.Path.Value!;
        context.Response.StatusCode = path switch { "/v1/denied" => 401, "/v1/broken" => 500, _ => 200 };
        context.Response.ContentType = path switch
        {
            "/v1/chat/completions/stream" => "text/event-stream",
            "/v1/text" => "text/plain",
            _ => "application/json",
        };

        foreach (var chunk in BodyOf(path, n).Chunk(path.EndsWith("stream") ? 100 : 64 * 1024))
        {
            await context.Response.Body.WriteAsync(chunk);
            await context.Response.Body.FlushAsync();
        }
    }

    private static string Completion(int tokens, string text) =>
        $$$"""
        {"id":"x","object":"chat.completion","model":"qwen3-coder","choices":[{"index":0,"message":{"role":"assistant",
        "content":"{{{text}}}"}}],
        "usage":{"prompt_tokens":{{{tokens / 2}}},"completion_tokens":{{{tokens - (tokens / 2)}}},
        "total_tokens":{{{tokens}}}}}
        """;

    private static string StreamOf(int n)
    {
        var stream = new StringBuilder();

        for (var chunk = 0; chunk < ChunksOfStream; chunk++)
        {
            stream.Append($$$"""data: {"model":"qwen3-coder","choices":[{"delta":{"content":"w{{{chunk}}}"}}]""");
            stream.Append(""","usage":null}""").Append("\n\n");
        }

        var tokens = TokensOf(n);
        stream.Append("""data: {"model":"qwen3-coder","choices":[]""");
        stream.Append($$$""","usage":{"prompt_tokens":1,"total_tokens":{{{tokens}}}}}""");
        return stream.Append("\n\ndata: [DONE]\n\n").ToString();
    }
}
