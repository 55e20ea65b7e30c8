using EventLedger.Proxy.Publishing;
using EventLedger.Proxy.Spool;

namespace EventLedger.Proxy.Monitoring;

/// <summary>
/// The three paths that the proxy answers itself. Told apart here, since routing would cost each forwarded request.
/// </summary>
internal sealed class StatusPages(
    MetricsPage metrics, UsageSpool spool, BrokerConnection broker, IHostApplicationLifetime lifetime)
{
    /// <summary>
    /// The answer to <c>/healthz</c>, <c>/readyz</c> or <c>/metrics</c>; null for what is forwarded.
    /// </summary>
    public IResult? Find(HttpRequest request)
    {
        var path = request.Path;

        return Is(path, "/healthz") ? Results.Text("ok\n")
            : Is(path, "/readyz") ? Ready()
            : Is(path, "/metrics") ? metrics.Write(request)
            : null;
    }

    private static bool Is(PathString path, string page) =>
        path.StartsWithSegments(page, out var rest) && rest.Value is (null or "" or "/");

    // Without a broker the proxy is ready all the same: that is what the spool is for.
    private IResult Ready() =>
        lifetime.ApplicationStopping.IsCancellationRequested
            ? Results.Text("stopping\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text($"ready broker={broker.StateName} spool={(spool.IsDiskUnwell ? "memory" : "disk")}\n");
}
