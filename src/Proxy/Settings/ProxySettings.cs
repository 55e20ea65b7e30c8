using System.Net;
using EventLedger.Contracts.Envelopes;
using EventLedger.Hosting.Logs;
using EventLedger.Hosting.Otlp;
using EventLedger.Proxy.Spool;

namespace EventLedger.Proxy.Settings;

/// <summary>What the proxy is told by its environment.</summary>
internal sealed record ProxySettings
{
    /// <summary>
    /// <c>NATS_URL</c>: the broker. The proxy starts without it answering, but not without knowing it.
    /// </summary>
    public required string NatsUrl { get; init; }

    /// <summary>
    /// Gives it as it is now: <c>NATS_URL_FILE</c> names a file with it, which may change; null where that isn't so.
    /// </summary>
    public Func<string>? ReadNatsUrl { get; init; }

    /// <summary><c>NATS_PUBLISH_TIMEOUT</c>: how long one attempt to publish may take.</summary>
    public TimeSpan PublishTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary><c>NEWAPI_UPSTREAM_URL</c>: the gateway that requests go to.</summary>
    public Uri UpstreamUrl { get; init; } = new("http://localhost:3000");

    /// <summary><c>LISTEN_PORT</c>; 0 takes any that is free.</summary>
    public int ListenPort { get; init; } = 8086;

    /// <summary>
    /// <c>LISTEN_PORT_HTTP2</c>: a port for HTTP/2 without TLS, which needs one of its own; null for none.
    /// </summary>
    public int? ListenPortHttp2 { get; init; }

    /// <summary><c>SPOOL_DIR</c>, <c>SPOOL_MAX_BYTES</c>, <c>SPOOL_FSYNC_MS</c>, <c>USAGE_SOURCE</c>.</summary>
    public required SpoolOptions Spool { get; init; }

    /// <summary><c>PRICE_MICRO_OMR_PER_TOKEN</c>: the price where no price book says otherwise.</summary>
    public long PriceMicroOmrPerToken { get; init; } = 156;

    /// <summary><c>PRICE_BOOK</c>: a file of prices by model and kind of token; null for the one price.</summary>
    public string? PriceBookPath { get; init; }

    /// <summary><c>CUSTOMER_ID_HEADER</c>: the header that names the customer.</summary>
    public string CustomerIdHeader { get; init; } = "x-customer-id";

    /// <summary><c>TENANT_ID_HEADER</c>: the header that names the tenant.</summary>
    public string TenantIdHeader { get; init; } = "x-tenant-id";

    /// <summary><c>TRUSTED_PROXIES</c>: from where alone these headers count; null for anywhere.</summary>
    public IReadOnlyList<IPNetwork>? TrustedProxies { get; init; }

    /// <summary><c>HEADER_TIMEOUT</c>: how long a client may take to send a request's headers.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>IDLE_TIMEOUT</c>: how long nothing may happen on a connection or within a request.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary><c>REQUEST_TIMEOUT</c>: how long a whole request may take.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>
    /// <c>DRAIN_MAX_RESPONSES</c>: how many responses are read on at once after their client has gone.
    /// </summary>
    public int DrainResponsesMax { get; init; } = 1000;

    /// <summary><c>DRAIN_MAX_TIME</c>: for how long one is.</summary>
    public TimeSpan DrainTimeMax { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary><c>DRAIN_MAX_BYTES</c>: for how many bytes one is.</summary>
    public long DrainBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary><c>INJECT_STREAM_USAGE</c>: whether usage is asked for where a stream's client didn't.</summary>
    public bool InjectStreamUsage { get; init; } = true;

    /// <summary><c>INJECT_BODY_MAX</c>: the bytes of a request's body that are held for it.</summary>
    public long InjectBodyMax { get; init; } = 1024 * 1024;

    /// <summary><c>LOG_FORMAT</c>: how log lines are written.</summary>
    public LogFormat LogFormat { get; init; }

    /// <summary>The standard <c>OTEL_</c> variables: where traces, metrics and logs are exported to.</summary>
    public OtlpSettings Otlp { get; init; } = new(Traces: null, Metrics: null, Logs: null);

    /// <summary>Reads all settings; the first that is wrong is what the exception names.</summary>
    /// <exception cref="SettingException">A setting is missing or not allowed.</exception>
    public static ProxySettings Read(Func<string, string?> variable)
    {
        var read = new SettingReader(variable);
        var day = TimeSpan.FromDays(1);

        return new()
        {
            NatsUrl = read.NatsUrl("NATS_URL"),
            ReadNatsUrl = () => read.NatsUrl("NATS_URL"),
            PublishTimeout = read.Duration("NATS_PUBLISH_TIMEOUT", TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5)),
            UpstreamUrl = read.HttpUrl("NEWAPI_UPSTREAM_URL", "http://localhost:3000"),
            ListenPort = (int)read.Whole("LISTEN_PORT", 8086, 0, IPEndPoint.MaxPort),
            ListenPortHttp2 = read.OptionalPort("LISTEN_PORT_HTTP2"),
            Spool = ReadSpool(read),
            PriceMicroOmrPerToken = read.Whole("PRICE_MICRO_OMR_PER_TOKEN", 156, 0, long.MaxValue),
            PriceBookPath = read.OptionalText("PRICE_BOOK"),
            CustomerIdHeader = read.HeaderName("CUSTOMER_ID_HEADER", "x-customer-id"),
            TenantIdHeader = read.HeaderName("TENANT_ID_HEADER", "x-tenant-id"),
            TrustedProxies = read.Networks("TRUSTED_PROXIES"),
            HeaderTimeout = read.Duration("HEADER_TIMEOUT", TimeSpan.FromSeconds(10), day),
            IdleTimeout = read.Duration("IDLE_TIMEOUT", TimeSpan.FromSeconds(120), day),
            RequestTimeout = read.Duration("REQUEST_TIMEOUT", TimeSpan.FromSeconds(300), day),
            DrainResponsesMax = (int)read.Whole("DRAIN_MAX_RESPONSES", 1000, 0, 1_000_000),
            DrainTimeMax = read.Duration("DRAIN_MAX_TIME", TimeSpan.FromSeconds(120), day),
            InjectStreamUsage = read.Flag("INJECT_STREAM_USAGE", true),
            InjectBodyMax = read.Whole("INJECT_BODY_MAX", 1024 * 1024, 1, 64 * 1024 * 1024),
            DrainBytesMax = read.Whole("DRAIN_MAX_BYTES", 64 * 1024 * 1024, 1, long.MaxValue),
            LogFormat = read.Format("LOG_FORMAT"),
            Otlp = OtlpSettings.Read(
                read.OptionalHttpUrl, read.OptionalText,
                (name, value, allowed) => new SettingException(name, value, $"expected {allowed}")),
        };
    }

    private static SpoolOptions ReadSpool(SettingReader read) => new()
    {
        Folder = Path.GetFullPath(read.Text("SPOOL_DIR", "/var/lib/metering-sidecar/spool")),
        Source = read.Name("USAGE_SOURCE", Environment.MachineName, EnvelopeReader.NameLengthMax),
        BytesMax = read.Whole("SPOOL_MAX_BYTES", 1024L * 1024 * 1024, 64 * 1024, long.MaxValue),
        MemoryBytesMax = read.Whole("SPOOL_MEMORY_MAX_BYTES", 16 * 1024 * 1024, 64 * 1024, int.MaxValue),
        FlushInterval = TimeSpan.FromMilliseconds(read.Whole("SPOOL_FSYNC_MS", 1000, 1, 60_000)),
    };
}
