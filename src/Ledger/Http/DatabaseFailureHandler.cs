using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace EventLedger.Ledger.Http;

/// <summary>Answers where the database didn't: what is so, and whether trying again helps.</summary>
internal sealed partial class DatabaseFailureHandler(
    SchemaSetup schema, ILogger<DatabaseFailureHandler> logger) : IExceptionHandler
{
    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not NpgsqlException failure)
        {
            return false;
        }

        var problem = ProblemOf((failure as PostgresException)?.SqlState, schema.Applied.IsCompletedSuccessfully);

        if (problem.StatusCode >= StatusCodes.Status500InternalServerError)
        {
            LogFailed(failure, httpContext.Request.Path);
        }

        if (problem.StatusCode == StatusCodes.Status503ServiceUnavailable)
        {
            problem = Problems.Unavailable(httpContext, problem.ProblemDetails.Detail!);
        }

        await problem.ExecuteAsync(httpContext);
        return true;
    }

    /// <summary>The answer to a failure.</summary>
    /// <param name="sqlState">What the database said; null where it said nothing.</param>
    /// <param name="isSetUp">Whether it has its tables, without which all else is no more than too early.</param>
    internal static ProblemHttpResult ProblemOf(string? sqlState, bool isSetUp) => sqlState switch
    {
        PostgresErrorCodes.NumericValueOutOfRange => Problems.Of(
            StatusCodes.Status422UnprocessableEntity, "a sum of the answer is outside 64 bits; ask for less"),

        // Data exception: the caller's text is none that the database can hold.
        ['2', '2', ..] => Problems.Of(
            StatusCodes.Status400BadRequest, "the request holds text that the database can't keep"),

        // Took too long, rolled back, insufficient resources, or held by others.
        PostgresErrorCodes.QueryCanceled or ['4', '0', ..] or ['5', '3', ..] or ['5', '5', ..] => Problems.Of(
            StatusCodes.Status503ServiceUnavailable, "the database is too busy; try again"),

        // Connection exception, operator intervention.
        null or ['0', '8', ..] or ['5', '7', ..] => Problems.Of(
            StatusCodes.Status503ServiceUnavailable, "the database can't be reached; try again"),

        _ when !isSetUp => Problems.Of(
            StatusCodes.Status503ServiceUnavailable, "the database is not set up yet; try again"),
        _ => Problems.Of(
            StatusCodes.Status500InternalServerError, "the database failed; the log of the ledger says how"),
    };

    [LoggerMessage(LogLevel.Error, "The database failed at {Path}.")]
    private partial void LogFailed(Exception failure, string path);
}
