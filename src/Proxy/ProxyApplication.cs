using System.Text;
using EventLedger.Hosting;
using EventLedger.Hosting.Logs;
using EventLedger.Hosting.Otlp;
using EventLedger.Nats;
using EventLedger.Proxy.Forwarding;
using EventLedger.Proxy.Injection;
using EventLedger.Proxy.Metering;
using EventLedger.Proxy.Monitoring;
using EventLedger.Proxy.Pricing;
using EventLedger.Proxy.Publishing;
using EventLedger.Proxy.Settings;
using EventLedger.Proxy.Spool;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Console;

namespace EventLedger.Proxy;

/// <summary>The proxy's parts, put together.</summary>
internal static class ProxyApplication
{
    /// <summary>
    /// The lines that wait for whoever reads standard output: a burst of unmetered responses is logged whole, each with
    /// its request id.
    /// </summary>
    internal const int WaitingLinesMax = 10_000;

    /// <summary>Builds the proxy. It listens when it is started.</summary>
    /// <exception cref="SpoolInUseException">Another process owns the spool folder.</exception>
    public static WebApplication Build(ProxySettings settings)
    {
        var builder = ServiceBuilder.Create();

        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, settings));
        builder.Logging
            .AddLines(settings.LogFormat)
            .AddFilter("Yarp", LogLevel.Error)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        // Where nobody reads standard output any more, what is logged is dropped and counted there: waiting would hold
        // the threads that read sockets.
        builder.Services.Configure<ConsoleLoggerOptions>(console =>
        {
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            console.MaxQueueLength = WaitingLinesMax;
        });
        builder.AddOtlp(
            settings.Otlp, new("metering-proxy", [ProxyMeter.Name, Telemetry.Name], [Telemetry.Name]));
        builder.Services
            .Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownGrace.TimeMax + SpoolPublisher.StopTimeMax)
            .AddSingleton(settings)
            .AddSingleton(TimeProvider.System)
            .AddMetering()
            .AddSpool()
            .AddPublishing()
            .AddForwarding()
            .AddSingleton<MetricsPage>()
            .AddSingleton<ProxyMeter>()
            .AddSingleton<StatusPages>();

        var app = builder.Build();

        // Made before anything listens: a bad price book, or a folder that another process owns, must stop the program.
        app.Services.GetRequiredService<Prices>();
        app.Services.GetRequiredService<UsageSpool>();
        var status = app.Services.GetRequiredService<StatusPages>();

        if (settings.Otlp.Metrics is not null)
        {
            app.Services.GetRequiredService<ProxyMeter>();
        }

        app.UseOtlp(settings.Otlp);
        var endpoint = app.Services.GetRequiredService<ProxyEndpoint>();
        app.Run(context => status.Find(context.Request) is { } page
            ? page.ExecuteAsync(context)
            : endpoint.ForwardAsync(context));
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, ProxySettings settings)
    {
        kestrel.AddServerHeader = false;

        // The one encoding in which every byte of a header has a character: what comes in goes out.
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.ListenAnyIP(settings.ListenPort, listen => listen.Protocols = HttpProtocols.Http1);

        if (settings.ListenPortHttp2 is { } port)
        {
            kestrel.ListenAnyIP(port, listen => listen.Protocols = HttpProtocols.Http2);
        }

        kestrel.Limits.RequestHeadersTimeout = settings.HeaderTimeout;
        kestrel.Limits.KeepAliveTimeout = settings.IdleTimeout;

        // The upstream says what is too large, and the idle timeout what is too slow: the server's own rates would cut
        // off an upload that pauses for a few seconds.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
    }

    extension(IServiceCollection services)
    {
        private IServiceCollection AddMetering() => services
            .AddSingleton<MeterCounters>()
            .AddSingleton<Prices>()
            .AddSingleton<UniqueIds>()
            .AddSingleton<RequestReader>()
            .AddSingleton<UsageMeter>();

        private IServiceCollection AddSpool() => services
            .AddSingleton<SpoolCounters>()
            .AddSingleton(provider => provider.GetRequiredService<ProxySettings>().Spool)
            .AddSingleton<Func<Guid?, SpoolStore>>(provider => begun => SpoolStore.Open(
                provider.GetRequiredService<SpoolOptions>(),
                begun,
                provider.GetRequiredService<SpoolCounters>(),
                provider.GetRequiredService<ILogger<SpoolStore>>()))
            .AddSingleton<UsageSpool>();

        // Hosted services end in the opposite order: the last report says what the publisher has done to its end.
        private IServiceCollection AddPublishing() => services
            .AddSingleton<PublishCounters>()
            .AddSingleton<BrokerConnection>()
            .AddHostedService<HourReporter>()
            .AddHostedService<SpoolPublisher>();

        private IServiceCollection AddForwarding() => services
            .AddHttpForwarder()
            .AddSingleton<UpstreamClient>()
            .AddSingleton<DrainBudget>()
            .AddSingleton<ShutdownGrace>()
            .AddSingleton<ClientLifetimes>()
            .AddSingleton<InjectionCounters>()
            .AddSingleton<UsageInjection>()
            .AddSingleton<ProxyEndpoint>();
    }
}
