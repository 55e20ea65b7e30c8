using EventLedger.EventStore.Proofs;
using Microsoft.AspNetCore.Diagnostics;

namespace EventLedger.Ledger.Http;

/// <summary>Answers where the ledger could not prove what it holds, and says so in the log too.</summary>
internal sealed partial class ProofFailureHandler(ILogger<ProofFailureHandler> logger) : IExceptionHandler
{
    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not ProofException broken)
        {
            return false;
        }

        LogBroken(broken, httpContext.Request.Path);
        await Problems.Of(StatusCodes.Status500InternalServerError, broken.Message).ExecuteAsync(httpContext);
        return true;
    }

    [LoggerMessage(LogLevel.Error, "The ledger can't prove what was asked for at {Path}; 'ledger verify' says more.")]
    private partial void LogBroken(Exception broken, string path);
}
