using Microsoft.AspNetCore.Diagnostics;
using Npgsql;

namespace EventLedger.Ledger.Http;

/// <summary>Answers for reads that the database didn't.</summary>
internal sealed class DatabaseFailureHandler : IExceptionHandler
{
    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not NpgsqlException)
        {
            return false;
        }

        // SQLSTATE class 22, data exception: the caller's text is none that the database can hold.
        var problem = exception switch
        {
            PostgresException { SqlState: PostgresErrorCodes.NumericValueOutOfRange } => Problems.Of(
                StatusCodes.Status422UnprocessableEntity, "a sum of the answer is outside 64 bits; ask for less"),
            PostgresException { SqlState: ['2', '2', ..] } => Problems.Of(
                StatusCodes.Status400BadRequest, "the request holds text that the database can't keep"),
            _ => Problems.Of(
                StatusCodes.Status503ServiceUnavailable, "the database can't be reached; try again"),
        };

        if (problem.StatusCode == StatusCodes.Status503ServiceUnavailable)
        {
            httpContext.Response.Headers.RetryAfter = "1";
        }

        await problem.ExecuteAsync(httpContext);
        return true;
    }
}
