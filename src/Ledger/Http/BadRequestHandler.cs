using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;

namespace EventLedger.Ledger.Http;

/// <summary>Answers requests that never reached their endpoint: what they hold is none of what it takes.</summary>
internal sealed class BadRequestHandler : IExceptionHandler
{
    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not BadHttpRequestException bad)
        {
            return false;
        }

        await Problems.Of(bad.StatusCode, Describe(bad, out var field), ("field", field)).ExecuteAsync(httpContext);
        return true;
    }

    // The exceptions' own texts name types of ours, and repeat what was sent.
    private static string Describe(BadHttpRequestException bad, out string? field)
    {
        field = bad.InnerException is JsonException { Path: { Length: > 2 } path } ? path[2..] : null;

        return bad switch
        {
            { StatusCode: StatusCodes.Status413PayloadTooLarge } => "the body is larger than this endpoint takes",
            { StatusCode: StatusCodes.Status415UnsupportedMediaType } => "the body is to be application/json",
            { InnerException: JsonException } => field is null
                ? "the body is not JSON of the form that this endpoint takes"
                : $"{field}: is not known, of the wrong type, or there twice",
            _ => "the request can't be read; a parameter or the body is missing or of the wrong form",
        };
    }
}
