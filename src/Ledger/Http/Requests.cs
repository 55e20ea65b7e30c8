using System.Text.Json;
using EventLedger.Contracts.Envelopes;

namespace EventLedger.Ledger.Http;

/// <summary>How requests are read: names in snake_case, each once, and every fault told.</summary>
internal static class Requests
{
    /// <summary>Sets it for all endpoints.</summary>
    public static IServiceCollection AddRequests(this IServiceCollection services) => services
        .ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.PropertyNameCaseInsensitive = false;
            json.SerializerOptions.AllowDuplicateProperties = false;
            json.SerializerOptions.MaxDepth = EnvelopeReader.DepthMax;
        })
        .Configure<RouteHandlerOptions>(routing => routing.ThrowOnBadRequest = true);

    /// <summary>The media type of a request's body, without its parameters; empty for none.</summary>
    public static string MediaType(this HttpRequest request) =>
        request.ContentType?.Split(';')[0].Trim().ToLowerInvariant() ?? "";
}
