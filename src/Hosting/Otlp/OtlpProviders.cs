using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EventLedger.Hosting.Otlp;

/// <summary>The exporters of one program. They wait for no collector: what it doesn't take is dropped.</summary>
internal sealed class OtlpProviders : IHostedService, IDisposable
{
    /// <summary>How long the last export may take at the end.</summary>
    public static readonly TimeSpan StopTimeMax = TimeSpan.FromSeconds(3);

    private static readonly string[] FrameworkMeters =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime",
            "Npgsql"];

    private static readonly string[] FrameworkActivities =
        ["Microsoft.AspNetCore", "System.Net.Http", "Yarp.ReverseProxy", "Npgsql"];

    private readonly TracerProvider? traces;
    private readonly MeterProvider? metrics;

    private OtlpProviders(OtlpSettings settings, TelemetrySources sources)
    {
        traces = settings.Traces is { } toTraces ? Traces(toTraces, sources) : null;
        metrics = settings.Metrics is { } toMetrics ? Metrics(toMetrics, sources) : null;
    }

    /// <summary>Adds them. Logs go the way of all logs; the others begin and end with the host.</summary>
    public static void AddTo(WebApplicationBuilder builder, OtlpSettings settings, TelemetrySources sources)
    {
        if (settings.Logs is { } toLogs)
        {
            builder.Logging.AddOpenTelemetry(logs =>
            {
                logs.IncludeFormattedMessage = true;
                logs.SetResourceBuilder(ResourceOf(sources)).AddOtlpExporter(options => Apply(toLogs, options));
            });
        }

        builder.Services.AddSingleton<IHostedService>(_ => new OtlpProviders(settings, sources));
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Exports what is left, as far as the limit allows.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        var limit = (int)StopTimeMax.TotalMilliseconds;

        return Task.WhenAll(
            Task.Run(() => traces?.Shutdown(limit), CancellationToken.None),
            Task.Run(() => metrics?.Shutdown(limit), CancellationToken.None));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        traces?.Dispose();
        metrics?.Dispose();
    }

    private static TracerProvider Traces(OtlpTarget target, TelemetrySources sources) =>
        Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(ResourceOf(sources))
            .AddSource([.. FrameworkActivities, .. sources.Activities])
            .AddProcessor(new QueriesOfNobody())
            .AddOtlpExporter(options => Apply(target, options))
            .Build();

    private static MeterProvider Metrics(OtlpTarget target, TelemetrySources sources) =>
        Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(ResourceOf(sources))
            .AddMeter([.. FrameworkMeters, .. sources.Meters])
            .AddOtlpExporter(options => Apply(target, options))
            .Build();

    // What the operator's variables say comes last, and so counts.
    private static ResourceBuilder ResourceOf(TelemetrySources sources) => ResourceBuilder.CreateEmpty()
        .AddService(sources.Service)
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();

    private static void Apply(OtlpTarget target, OtlpExporterOptions options)
    {
        options.Protocol = target.Protocol switch
        {
            OtlpProtocol.Grpc => OtlpExportProtocol.Grpc,
            OtlpProtocol.HttpProtobuf => OtlpExportProtocol.HttpProtobuf,
            _ => options.Protocol,
        };
        options.Headers = target.Headers ?? options.Headers;
        options.TimeoutMilliseconds = target.TimeoutMs ?? options.TimeoutMilliseconds;

        // Set even to what it is, it would be taken as it is, without the signal's path.
        if (target.Endpoint is { } endpoint)
        {
            options.Endpoint = endpoint;
        }
    }
}
