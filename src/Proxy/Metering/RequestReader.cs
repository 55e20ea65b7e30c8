using System.Net;
using EventLedger.Contracts.Envelopes;
using EventLedger.Proxy.Settings;
using Microsoft.Extensions.Primitives;

namespace EventLedger.Proxy.Metering;

/// <summary>Tells which requests are metered, and for whom.</summary>
internal sealed class RequestReader(ProxySettings settings, UniqueIds ids, TimeProvider clock)
{
    private const string RequestIdHeader = "X-Request-Id";

    /// <summary>The request as its envelope will name it; null where it is never billed.</summary>
    public MeteredRequest? Read(HttpContext context)
    {
        var request = context.Request;

        if (!IsBillable(request))
        {
            return null;
        }

        var isTrusted = IsTrusted(context.Connection.RemoteIpAddress);

        return new(
            isTrusted ? Single(request.Headers[settings.CustomerIdHeader]) ?? "" : "",
            isTrusted ? Single(request.Headers[settings.TenantIdHeader], EnvelopeReader.NameLengthMax) : null,
            Single(request.Headers[RequestIdHeader], EnvelopeReader.TextLengthMax)
                ?? ids.Next(clock.GetUtcNow()).ToString("D"),
            request.Path.Value!,
            TraceParent.Of(request),
            clock.GetTimestamp());
    }

    // Reading a stored answer again (GET) repeats the usage that its making was billed for.
    private static bool IsBillable(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && BillablePaths.Contains(request.Path.Value!);

    // Two names in one header are nobody's: a second one may have been slipped in.
    private static string? Single(StringValues values) =>
        values is [{ } value] && !string.IsNullOrWhiteSpace(value) ? HeaderText.Of(value) : null;

    // The ledger refuses an envelope with a longer text, and whoever sent it would get free usage.
    private static string? Single(StringValues values, int lengthMax) =>
        Single(values) is { } text && text.Length <= lengthMax ? text : null;

    private bool IsTrusted(IPAddress? remote)
    {
        if (settings.TrustedProxies is not { } networks)
        {
            return true;
        }

        var address = remote is { IsIPv4MappedToIPv6: true } ? remote.MapToIPv4() : remote;
        return address is not null && networks.Any(network => network.Contains(address));
    }
}
