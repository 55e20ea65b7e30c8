using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Yarp.ReverseProxy.Forwarder;

namespace EventLedger.Proxy.Bench;

/// <summary>The servers of the comparison other than the proxy itself, each a process of its own.</summary>
internal static class Servers
{
    private const int Chunks = 200;
    private const int JsonBytes = 2048;
    private static readonly TimeSpan ChunkInterval = TimeSpan.FromMilliseconds(10);
    private static int chunkStreams;

    /// <summary>Answers <c>/v1/embeddings</c> with JSON and <c>/v1/chat/completions</c> with a stream.</summary>
    public static async Task<int> RunUpstreamAsync(int port)
    {
        var json = Json();
        var word = Encoding.UTF8.GetBytes(
            "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"w\"}}],\"usage\":null}\n\n");
        var end = "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"total_tokens\":15}}\n\ndata: [DONE]\n\n"u8.ToArray();
        await using var app = Build(port);

        app.MapPost("/v1/embeddings", async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = json.Length;
            await context.Response.Body.WriteAsync(json);
        });
        app.MapPost("/v1/chat/completions", async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentType = "text/event-stream";

            for (var n = 0; n < Chunks; n++)
            {
                await context.Response.Body.WriteAsync(word);
            }

            await context.Response.Body.WriteAsync(end);
        });

        app.MapPost(ChunkDelays.Path, async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentType = "text/event-stream";
            await Task.Factory.StartNew(() => SendChunks(context.Response), TaskCreationOptions.LongRunning);
            await context.Response.Body.WriteAsync(end);
        });

        await app.RunAsync();
        return 0;
    }

    /// <summary>YARP with the settings of the proxy for server, client and forwarder, and nothing else.</summary>
    public static async Task<int> RunBareAsync(int port, string upstream)
    {
        await using var app = Build(port);
        var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
        var config = new ForwarderRequestConfig { ActivityTimeout = TimeSpan.FromSeconds(120) };
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = System.Net.DecompressionMethods.None,
            EnableMultipleHttp2Connections = true,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator(),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        });

        app.MapFallback(
            "{**path}",
            async context => await forwarder.SendAsync(context, upstream, client, config, HttpTransformer.Empty));
        await app.RunAsync();
        return 0;
    }

    // Each stream at moments of its own: a chunk of each at once would measure how long it takes to clear them.
    private static void SendChunks(HttpResponse response)
    {
        var place = Interlocked.Increment(ref chunkStreams) % ChunkDelays.Streams;
        var offset = ChunkInterval * place / ChunkDelays.Streams;
        var now = Stopwatch.GetElapsedTime(0);
        var begin = now - TimeSpan.FromTicks(now.Ticks % ChunkInterval.Ticks) + ChunkInterval + offset;

        for (var n = 0; n < Chunks; n++)
        {
            Pace.SleepUntil(begun: 0, begin + (ChunkInterval * n));
            response.WriteAsync(
                $"data: {{\"model\":\"m\",{ChunkDelays.TimeMark}{Stopwatch.GetTimestamp()},\"usage\":null}}\n\n")
                .GetAwaiter().GetResult();
            response.Body.FlushAsync().GetAwaiter().GetResult();
        }
    }

    private static WebApplication Build(int port)
    {
        // Watching its settings would watch all below the working directory, the proxy's spool included.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
            kestrel.ListenAnyIP(port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Logging.ClearProviders();
        builder.Services.AddHttpForwarder();
        return builder.Build();
    }

    private static byte[] Json()
    {
        const string Frame = """{"model":"m","data":"*","usage":{"prompt_tokens":10,"total_tokens":15}}""";
        return Encoding.UTF8.GetBytes(Frame.Replace("*", new string('x', JsonBytes - Frame.Length + 1)));
    }
}
