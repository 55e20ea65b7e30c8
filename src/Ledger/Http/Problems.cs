using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>Errors in the form of RFC 9457, which also carry <c>error</c> for clients that look there.</summary>
internal static class Problems
{
    private const string RetryAfterSeconds = "1";

    /// <summary>Adds <c>error</c> to every problem, whoever wrote it.</summary>
    public static IServiceCollection AddProblems(this IServiceCollection services) => services
        .AddProblemDetails(options => options.CustomizeProblemDetails = context =>
            context.ProblemDetails.Extensions.TryAdd(
                "error", context.ProblemDetails.Detail ?? context.ProblemDetails.Title))
        .AddExceptionHandler<DatabaseFailureHandler>()
        .AddExceptionHandler<ProofFailureHandler>()
        .AddExceptionHandler<BadRequestHandler>();

    /// <summary>A problem with what is wrong, and what to do.</summary>
    public static ProblemHttpResult Of(
        int status, string detail, params ReadOnlySpan<(string Name, object? Value)> more)
    {
        var extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["error"] = detail };

        foreach (var (name, value) in more)
        {
            extensions[name] = value;
        }

        return TypedResults.Problem(detail, statusCode: status, extensions: extensions);
    }

    /// <summary>A problem that may pass by itself: the caller is told to come back in a second.</summary>
    public static ProblemHttpResult Unavailable(HttpContext context, string detail)
    {
        context.Response.Headers.RetryAfter = RetryAfterSeconds;
        return Of(StatusCodes.Status503ServiceUnavailable, detail);
    }

    /// <summary>A problem with one field of what was sent.</summary>
    public static ProblemHttpResult OfField(string field, string message) =>
        Of(StatusCodes.Status400BadRequest, $"{field}: {message}", ("field", field));
}
