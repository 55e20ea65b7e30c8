using EventLedger.Proxy.Publishing;
using EventLedger.Proxy.Spool;

namespace EventLedger.Proxy.Monitoring;

/// <summary>The three paths that the proxy answers itself.</summary>
internal static class StatusEndpoints
{
    extension(IEndpointRouteBuilder routes)
    {
        /// <summary>Maps <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>.</summary>
        public void MapStatus()
        {
            routes.Map("/healthz", () => Results.Text("ok\n"));
            routes.Map("/readyz", Ready);
            routes.Map("/metrics", (MetricsPage page, HttpRequest request) => page.Write(request));
        }
    }

    // Without a broker the proxy is ready all the same: that is what the spool is for.
    private static IResult Ready(UsageSpool spool, BrokerConnection broker, IHostApplicationLifetime lifetime) =>
        lifetime.ApplicationStopping.IsCancellationRequested
            ? Results.Text("stopping\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text($"ready broker={broker.StateName} spool={(spool.IsDiskUnwell ? "memory" : "disk")}\n");
}
