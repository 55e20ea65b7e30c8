using EventLedger.Ledger.Intake;
using Npgsql;

namespace EventLedger.Ledger.Http;

/// <summary>What the ledger can reach.</summary>
/// <param name="Status"><c>ready</c> or <c>not ready</c>.</param>
/// <param name="Database">Whether the database answers, with this version's schema.</param>
/// <param name="Broker">Whether the broker answers, and has the stream and the consumer.</param>
public sealed record ReadinessResponse(string Status, bool Database, bool Broker);

/// <summary>Answers to those who watch over the process; open to everybody.</summary>
internal static class HealthEndpoints
{
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(2);

    /// <summary>Maps <c>GET /healthz</c> and <c>GET /readyz</c>.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("").AllowAnonymous().DisableRateLimiting();
        health.MapGet("/healthz", () => TypedResults.Ok(new { Status = "ok" })).WithName("GetHealth");
        health.MapGet("/readyz", GetReadinessAsync).WithName("GetReadiness");
    }

    private static async Task<IResult> GetReadinessAsync(
        NpgsqlDataSource database, SchemaSetup schema, UsageIntake intake, CancellationToken cancellation)
    {
        var databaseAnswers = schema.Applied.IsCompletedSuccessfully && await AnswersAsync(database, cancellation);
        var isReady = databaseAnswers && intake.IsReady;

        return TypedResults.Json(
            new ReadinessResponse(isReady ? "ready" : "not ready", databaseAnswers, intake.IsReady),
            statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<bool> AnswersAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(ProbeLimit);

        try
        {
            await using var probe = database.CreateCommand("select position from head");
            return await probe.ExecuteScalarAsync(limit.Token) is long;
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException)
        {
            return false;
        }
    }
}
