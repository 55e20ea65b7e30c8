using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

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

    private readonly HttpListener listener;
    private readonly CancellationTokenSource ended = new();
    private readonly SemaphoreSlim one = new(1);
    private readonly Task serving;

    private StandInForge(HttpListener listener, string url)
    {
        this.listener = listener;
        Url = url;
        Repository = BareRepository.At(Path.Combine(TestFolder.Make("forge"), "repo.git"));
        Api = new StandInApi(Repository);
        serving = ServeAsync();
    }

    /// <summary>For <c>FORGE_URL</c>.</summary>
    public string Url { get; }

    /// <summary>What is behind it; made by the first who asks for it, like any other.</summary>
    public BareRepository Repository { get; }

    /// <summary>What it can do.</summary>
    public StandInApi Api { get; }

    /// <summary>Method and path of each call, in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = [];

    /// <summary>Calls that hang.</summary>
    public int Hanging { get; private set; }

    /// <summary>Chooses what goes wrong with a call; null for nothing.</summary>
    public Func<string, ForgeFault?> Faults { get; set; } = _ => null;

    /// <summary>Starts one.</summary>
    public static StandInForge Start()
    {
        for (var starts = 1; ; starts++)
        {
            var url = $"http://127.0.0.1:{FreePort.Next()}";
            var started = new HttpListener { Prefixes = { $"{url}/" } };

            try
            {
                started.Start();
                return new(started, url);
            }
            catch (HttpListenerException) when (starts < StartsMax)
            {
                // Another test process took the port since we looked.
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        listener.Close();
        await serving;
    }

    private async Task ServeAsync()
    {
        while (!ended.IsCancellationRequested)
        {
            try
            {
                _ = AnswerAsync(await listener.GetContextAsync());
            }
            catch (Exception stopped) when (stopped is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            await AnswerOrFailAsync(context);
        }
        catch (Exception gone) when (gone is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The caller went away.
        }
    }

    private async Task AnswerOrFailAsync(HttpListenerContext context)
    {
        var call = $"{context.Request.HttpMethod} {context.Request.Url!.AbsolutePath}";
        Calls.Enqueue(call);
        using var reader = new StreamReader(context.Request.InputStream);
        var body = await reader.ReadToEndAsync(ended.Token);
        var fault = Faults(call);

        if (fault is { AfterEffect: false })
        {
            await FailAsync(context, fault.Kind, new(HttpStatusCode.OK));
            return;
        }

        // One at a time, as the real one does for each repository.
        await one.WaitAsync(ended.Token);
        StandInAnswer answer;

        try
        {
            answer = IsLetIn(context.Request)
                ? Api.Answer(context.Request, body.Length == 0 ? null : JsonNode.Parse(body))
                : new(HttpStatusCode.Unauthorized, new { message = $"{context.Request.Headers["Authorization"]} is wrong" });
        }
        finally
        {
            one.Release();
        }

        if (fault is null)
        {
            Send(context, answer);
        }
        else
        {
            await FailAsync(context, fault.Kind, answer);
        }
    }

    private async Task FailAsync(HttpListenerContext context, FaultKind kind, StandInAnswer answer)
    {
        switch (kind)
        {
            case FaultKind.Refused:
                context.Response.Abort();
                break;
            case FaultKind.Truncated:
                var body = answer.Bytes;
                context.Response.StatusCode = (int)answer.Status;
                context.Response.ContentLength64 = body.Length + 10;
                await context.Response.OutputStream.WriteAsync(body.AsMemory(0, body.Length / 2), ended.Token);
                await context.Response.OutputStream.FlushAsync(ended.Token);
                context.Response.Abort();
                break;
            case FaultKind.Hang:
                Hanging++;
                await Task.Delay(Timeout.Infinite, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                context.Response.Abort();
                break;
            default:
                Send(context, new(StatusOf(kind), new { message = "a fault of the stand-in" }));
                break;
        }
    }

    private static HttpStatusCode StatusOf(FaultKind kind) => kind switch
    {
        FaultKind.Conflict => HttpStatusCode.Conflict,
        FaultKind.Unprocessable => HttpStatusCode.UnprocessableEntity,
        FaultKind.TooMany => HttpStatusCode.TooManyRequests,
        _ => HttpStatusCode.InternalServerError,
    };

    private static bool IsLetIn(HttpListenerRequest request) => request.Headers["Authorization"] == $"token {Token}";

    private static void Send(HttpListenerContext context, StandInAnswer answer)
    {
        context.Response.StatusCode = (int)answer.Status;
        context.Response.ContentType = "application/json";
        context.Response.Close(answer.Bytes, willBlock: false);
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
