using EventLedger.Ledger.Monitoring;

namespace EventLedger.Ledger.Http;

/// <summary>What the ledger can reach.</summary>
/// <param name="Status"><c>ready</c> or <c>not ready</c>.</param>
/// <param name="Database">Whether the database answers, with this version's schema.</param>
/// <param name="Broker">Whether the broker answers, and has the stream and the consumer.</param>
public sealed record ReadinessResponse(string Status, bool Database, bool Broker);

/// <summary>Answers to those who watch over the process; open to everybody.</summary>
internal static class HealthEndpoints
{
    /// <summary>Maps <c>GET /healthz</c>, <c>GET /readyz</c> and <c>GET /metrics</c>.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var open = routes.MapGroup("").AllowAnonymous().DisableRateLimiting();
        open.MapGet("/healthz", () => TypedResults.Ok(new { Status = "ok" })).WithName("GetHealth");
        open.MapGet("/readyz", GetReadinessAsync).WithName("GetReadiness");
        open.MapGet("/metrics", GetMetricsAsync).WithName("GetMetrics");
    }

    private static async Task<IResult> GetReadinessAsync(Lookout lookout, CancellationToken cancellation)
    {
        var found = await lookout.LookAsync(cancellation);

        return TypedResults.Json(
            new ReadinessResponse(
                found.AreComplete ? "ready" : "not ready", found.Database, found.Broker),
            statusCode: found.AreComplete ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> GetMetricsAsync(
        LedgerGauges gauges, PrometheusPage page, CancellationToken cancellation)
    {
        await gauges.RefreshAsync(cancellation);
        return TypedResults.Text(page.Write(), PrometheusText.ContentType);
    }
}
