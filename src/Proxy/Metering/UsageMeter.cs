using EventLedger.Contracts.Envelopes;
using EventLedger.Proxy.Pricing;
using EventLedger.Proxy.Spool;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Metering;

/// <summary>Makes what a response stated into one envelope in the spool, or into a reason why there is none.</summary>
internal sealed partial class UsageMeter(
    UsageSpool spool, Prices prices, MeterCounters counters, TimeProvider clock, ILogger<UsageMeter> logger)
{
    /// <summary>Charges a response; returns once its envelope is safe, or after a named time.</summary>
    public async ValueTask ChargeAsync(MeteredRequest request, IUsageScanner found, bool isStream, bool isPartial)
    {
        if (found.Usage.TryCount(out var tokens) is not UnmeteredReason.None and var reason)
        {
            NoteUnmetered(request, reason);
            return;
        }

        var completedAt = clock.GetUtcNow();

        if (!prices.TryPrice(found.Model, tokens, completedAt, out var amountMicroOmr, out var priceBook))
        {
            NoteUnmetered(request, UnmeteredReason.Overflow);
            return;
        }

        if (amountMicroOmr == 0)
        {
            counters.Free.Add();
            return;
        }

        counters.Observed.Add();
        counters.Tokens.Add(tokens.Total);
        counters.Latency.Add(clock.GetElapsedTime(request.StartedAt));
        var began = clock.GetTimestamp();
        await spool.AddAsync(Envelope(request, found.Model, tokens, completedAt) with
        {
            AmountMicroOmr = amountMicroOmr,
            PriceBook = priceBook,
            Stream = isStream,
            UsageSource = isPartial ? "partial" : "upstream",
        });
        counters.SpoolWait.Add(clock.GetElapsedTime(began));
    }

    /// <summary>Counts and logs a response that can't be charged.</summary>
    public void NoteUnmetered(MeteredRequest request, UnmeteredReason reason)
    {
        counters.Unmetered(reason).Add();
        LogUnmetered(request.RequestId, request.Endpoint, reason);
    }

    private UsageEnvelope Envelope(
        MeteredRequest request, string? model, TokenCounts tokens, DateTimeOffset completedAt) => new()
        {
            CustomerId = request.CustomerId,
            TenantId = request.TenantId,
            RequestId = request.RequestId,
            AmountMicroOmr = 0,
            Reason = UsageEnvelope.ReasonFor(model),
            Model = model,
            TokensUsed = tokens.Total,
            PromptTokens = tokens.Prompt,
            CompletionTokens = tokens.Completion,
            CachedTokens = tokens.Cached,
            ReasoningTokens = tokens.Reasoning,
            LatencyMs = (long)clock.GetElapsedTime(request.StartedAt).TotalMilliseconds,
            CompletedAt = completedAt,
            Endpoint = request.Endpoint,
            ObservationId = Guid.CreateVersion7(completedAt).ToString("D"),
        };

    [LoggerMessage(LogLevel.Warning, "Response to request {RequestId} on {Endpoint} is unmetered: {Reason}.")]
    private partial void LogUnmetered(string requestId, string endpoint, UnmeteredReason reason);
}
