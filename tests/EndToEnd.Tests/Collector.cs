using System.Collections.Concurrent;
using System.Text;
using EventLedger.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EventLedger.EndToEnd.Tests;

/// <summary>A span as the collector got it.</summary>
internal sealed record Span(
    string Service, string Name, string TraceId, string SpanId, string ParentId,
    IReadOnlyDictionary<string, string> Tags, IReadOnlyList<string> LinkedSpanIds);

/// <summary>A log line as the collector got it.</summary>
internal sealed record LogLine(string Service, string Text, string TraceId);

/// <summary>Somebody's collector, which takes OTLP over HTTP and reads it.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Path, byte[] Body)> requests = new();
    private readonly WebApplication server;

    private Collector(int port)
    {
        Url = $"http://127.0.0.1:{port}";
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        server = builder.Build();
        server.Run(TakeAsync);
    }

    public string Url { get; }

    /// <summary>All that came, as text, whatever of it is none.</summary>
    public string Everything => string.Concat(requests.Select(request => Encoding.Latin1.GetString(request.Body)));

    public IReadOnlyList<Span> Spans =>
    [
        .. from body in Of("/v1/traces")
           from resource in ProtoReader.Find(body, 1)
           from span in ProtoReader.Find(resource, 2, 2)
           select SpanOf(ServiceOf(resource), span),
    ];

    /// <summary>The names of metrics, with the service that sent them.</summary>
    public IReadOnlyList<(string Service, string Name)> Metrics =>
    [
        .. (from body in Of("/v1/metrics")
            from resource in ProtoReader.Find(body, 1)
            from name in ProtoReader.Find(resource, 2, 2, 1)
            select (ServiceOf(resource), Encoding.UTF8.GetString(name.Span))).Distinct(),
    ];

    public IReadOnlyList<LogLine> Logs =>
    [
        .. from body in Of("/v1/logs")
           from resource in ProtoReader.Find(body, 1)
           from line in ProtoReader.Find(resource, 2, 2)
           select new LogLine(
               ServiceOf(resource),
               string.Concat(ProtoReader.Find(line, 5, 1).Select(text => Encoding.UTF8.GetString(text.Span))),
               HexOf(line, 9)),
    ];

    public static async Task<Collector> StartAsync()
    {
        var collector = new Collector(FreePort.Next());
        await collector.server.StartAsync();
        return collector;
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        requests.Enqueue((context.Request.Path.Value!, body.ToArray()));
        context.Response.ContentType = "application/x-protobuf";
    }

    private IEnumerable<ReadOnlyMemory<byte>> Of(string path) =>
        requests.Where(request => request.Path == path).Select(request => (ReadOnlyMemory<byte>)request.Body);

    private static Span SpanOf(string service, ReadOnlyMemory<byte> span) => new(
        service,
        ProtoReader.Fields(span).First(field => field.Number == 5).Text,
        HexOf(span, 1),
        HexOf(span, 2),
        HexOf(span, 4),
        TagsOf(ProtoReader.Find(span, 9)),
        [.. ProtoReader.Find(span, 13).Select(link => HexOf(link, 2))]);

    private static string ServiceOf(ReadOnlyMemory<byte> resource) =>
        TagsOf(ProtoReader.Find(resource, 1, 1))["service.name"];

    // A key and a value, of which the texts alone are read.
    private static Dictionary<string, string> TagsOf(IEnumerable<ReadOnlyMemory<byte>> tags) => tags
        .Select(tag => ProtoReader.Fields(tag).ToArray())
        .ToDictionary(
            tag => tag[0].Text,
            tag => string.Concat(ProtoReader.Fields(tag[1].Bytes).Where(value => value.Number == 1)
                .Select(value => value.Text)));

    private static string HexOf(ReadOnlyMemory<byte> message, int number) =>
        ProtoReader.Fields(message).FirstOrDefault(field => field.Number == number).Hex;
}
