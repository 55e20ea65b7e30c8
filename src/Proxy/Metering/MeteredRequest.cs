namespace EventLedger.Proxy.Metering;

/// <summary>What an envelope says about the request that it is for.</summary>
/// <param name="CustomerId">Whose account is charged; empty where nobody was named.</param>
/// <param name="TenantId">The tenant that was named.</param>
/// <param name="RequestId">The client's name for the request, or ours.</param>
/// <param name="Endpoint">The path that was called.</param>
/// <param name="TraceParent">The trace that it belongs to; null for none.</param>
/// <param name="StartedAt">When it came, as a timestamp of the clock.</param>
internal sealed record MeteredRequest(
    string CustomerId, string? TenantId, string RequestId, string Endpoint, string? TraceParent, long StartedAt);
