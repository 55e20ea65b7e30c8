using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventLedger.Testing.Forges;

/// <summary>
/// A stand-in for Forgejo: the documented answers of its API over a real git repository, on a real socket, with faults
/// to switch on.
/// </summary>
public sealed class StandInForge : IAsyncDisposable
{
    /// <summary>The one token that it lets in.</summary>
    public const string Token = "token-of-the-stand-in-5f2c9e";

    /// <summary>The organisation that exists.</summary>
    public const string Owner = "lhumina_code";

    private const int StartsMax = 5;
    private const int BodyBytesMax = 64 * 1024 * 1024;

    private readonly WebApplication application;
    private readonly CancellationTokenSource ended = new();
    private readonly SemaphoreSlim one = new(1);

    private StandInForge(X509Certificate2? certificate)
    {
        var port = FreePort.Next();
        Url = $"{(certificate is null ? "http" : "https")}://127.0.0.1:{port}";
        Repository = BareRepository.At(Path.Combine(TestFolder.Make("forge"), "repo.git"));
        Api = new StandInApi(Repository);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
            kestrel.Listen(IPAddress.Loopback, port, listen => UseTls(listen, certificate));
        });
        application = builder.Build();
        application.Run(AnswerAsync);
    }

    /// <summary>For <c>FORGE_URL</c>.</summary>
    public string Url { get; }

    /// <summary>What is behind it; made by the first who asks for it, like any other.</summary>
    public BareRepository Repository { get; }

    /// <summary>What it can do.</summary>
    public StandInApi Api { get; }

    /// <summary>Method and path of each call, in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = [];

    /// <summary>Calls that hang, or have hung.</summary>
    public int Hanging { get; private set; }

    /// <summary>Chooses what goes wrong with a call; null for nothing.</summary>
    public Func<string, ForgeFault?> Faults { get; set; } = _ => null;

    /// <summary>What it says instead of the body that is right, given the call.</summary>
    public Func<string, string, string> Lies { get; set; } = (_, body) => body;

    /// <summary>Starts one; with a certificate, one that speaks TLS.</summary>
    public static StandInForge Start(X509Certificate2? certificate = null)
    {
        for (var starts = 1; ; starts++)
        {
            var forge = new StandInForge(certificate);

            try
            {
                forge.application.Start();
                return forge;
            }
            catch (IOException) when (starts < StartsMax)
            {
                // Another test process took the port since we looked.
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await application.StopAsync();
        await application.DisposeAsync();
    }

    private static void UseTls(ListenOptions listen, X509Certificate2? certificate)
    {
        if (certificate is not null)
        {
            listen.UseHttps(certificate);
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var call = $"{context.Request.Method} {context.Request.Path}";
        Calls.Enqueue(call);
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(ended.Token);
        var fault = Faults(call);

        if (fault is { AfterEffect: false })
        {
            await FailAsync(context, fault.Kind, new(HttpStatusCode.OK, new { message = "nothing was done" }));
            return;
        }

        var answer = await DoAsync(context.Request, body);
        await (fault is null ? SendAsync(context, answer) : FailAsync(context, fault.Kind, answer));
    }

    // One at a time, as the real one does for each repository.
    private async Task<StandInAnswer> DoAsync(HttpRequest request, string body)
    {
        await one.WaitAsync(ended.Token);

        try
        {
            var sent = request.Headers.Authorization.ToString();
            return sent == $"token {Token}"
                ? Api.Answer(request, body.Length == 0 ? null : JsonNode.Parse(body))
                : new(HttpStatusCode.Unauthorized, new { message = $"{sent} is wrong" });
        }
        finally
        {
            one.Release();
        }
    }

    private async Task FailAsync(HttpContext context, FaultKind kind, StandInAnswer answer)
    {
        switch (kind)
        {
            case FaultKind.Refused:
                context.Abort();
                break;
            case FaultKind.Truncated:
                context.Response.StatusCode = (int)answer.Status;
                context.Response.ContentLength = answer.Bytes.Length + 1;
                await context.Response.Body.WriteAsync(answer.Bytes.AsMemory(0, answer.Bytes.Length / 2), ended.Token);
                await context.Response.Body.FlushAsync(ended.Token);
                context.Abort();
                break;
            case FaultKind.Hang:
                Hanging++;
                await Elapse.ForAsync(Timeout.InfiniteTimeSpan, context.RequestAborted);
                break;
            default:
                // Like the worst of forges, it repeats what it was sent.
                var sent = context.Request.Headers.Authorization.ToString();
                context.Response.Headers.Location = $"{Url}/elsewhere?sent={Uri.EscapeDataString(sent)}";
                await SendAsync(context, new(StatusOf(kind), new { message = $"a fault, though {sent} was sent" }));
                break;
        }
    }

    private static HttpStatusCode StatusOf(FaultKind kind) => kind switch
    {
        FaultKind.Conflict => HttpStatusCode.Conflict,
        FaultKind.Unprocessable => HttpStatusCode.UnprocessableEntity,
        FaultKind.TooMany => HttpStatusCode.TooManyRequests,
        FaultKind.Unauthorized => HttpStatusCode.Unauthorized,
        FaultKind.Forbidden => HttpStatusCode.Forbidden,
        FaultKind.Missing => HttpStatusCode.NotFound,
        FaultKind.Redirected => HttpStatusCode.TemporaryRedirect,
        _ => HttpStatusCode.InternalServerError,
    };

    private async Task SendAsync(HttpContext context, StandInAnswer answer)
    {
        context.Response.StatusCode = (int)answer.Status;
        context.Response.ContentType = "application/json";
        var call = $"{context.Request.Method} {context.Request.Path}";
        await context.Response.WriteAsync(Lies(call, Encoding.UTF8.GetString(answer.Bytes)), ended.Token);
    }
}

/// <summary>What the stand-in answers.</summary>
/// <param name="Status">The status.</param>
/// <param name="Body">What the body says.</param>
public sealed record StandInAnswer(HttpStatusCode Status, object? Body = null)
{
    /// <summary>The body.</summary>
    public byte[] Bytes => Body is null ? [] : JsonSerializer.SerializeToUtf8Bytes(Body);
}
