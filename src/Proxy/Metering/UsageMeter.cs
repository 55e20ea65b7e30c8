using EventLedger.Contracts.Envelopes;
using EventLedger.Proxy.Pricing;
using EventLedger.Proxy.Spool;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Metering;

/// <summary>Makes what a response stated into one envelope in the spool, or into a reason why there is none.</summary>
internal sealed partial class UsageMeter(
    UsageSpool spool,
    Prices prices,
    UniqueIds ids,
    MeterCounters counters,
    TimeProvider clock,
    ILogger<UsageMeter> logger)
{
    /// <summary>Charges a response; gives what has to be on disk before its end goes to the client.</summary>
    public PendingRecord? Charge(MeteredRequest request, IUsageScanner found, bool isStream, bool isPartial)
    {
        if (found.Usage.TryCount(out var tokens) is not UnmeteredReason.None and var reason)
        {
            NoteUnmetered(request, reason);
            return null;
        }

        var completedAt = clock.GetUtcNow();

        if (!prices.TryPrice(found.Model, tokens, completedAt, out var amountMicroOmr, out var priceBook))
        {
            NoteUnmetered(request, UnmeteredReason.Overflow);
            return null;
        }

        if (amountMicroOmr == 0)
        {
            counters.Free.Add();
            return null;
        }

        counters.Observed.Add();
        counters.Tokens.Add(tokens.Total);
        var latency = clock.GetElapsedTime(request.StartedAt);
        counters.Latency.Add(latency);
        var observed = new UsageEnvelope
        {
            CustomerId = request.CustomerId,
            TenantId = request.TenantId,
            RequestId = request.RequestId,
            AmountMicroOmr = amountMicroOmr,
            Reason = UsageEnvelope.ReasonFor(found.Model),
            Model = found.Model,
            TokensUsed = tokens.Total,
            PromptTokens = tokens.Prompt,
            CompletionTokens = tokens.Completion,
            CachedTokens = tokens.Cached,
            ReasoningTokens = tokens.Reasoning,
            LatencyMs = (long)latency.TotalMilliseconds,
            CompletedAt = completedAt,
            Endpoint = request.Endpoint,
            Stream = isStream,
            UsageSource = isPartial ? "partial" : "upstream",
            PriceBook = priceBook,
            // Of the same moment: the spool counts by the hour that the id tells, the ledger by the completion's.
            ObservationId = ids.Next(completedAt).ToString("D"),
        };
        return spool.Add(observed, request.TraceParent);
    }

    /// <summary>Counts and logs a response that can't be charged.</summary>
    public void NoteUnmetered(MeteredRequest request, UnmeteredReason reason)
    {
        counters.Unmetered(reason).Add();
        LogUnmetered(request.RequestId, request.Endpoint, reason);
    }

    [LoggerMessage(LogLevel.Warning, "Response to request {RequestId} on {Endpoint} is unmetered: {Reason}.")]
    private partial void LogUnmetered(string requestId, string endpoint, UnmeteredReason reason);
}
