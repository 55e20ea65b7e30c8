using System.Text.Json;
using System.Text.Json.Serialization;
using EventLedger.NodeBilling.Otoml;

namespace EventLedger.Ledger.Http;

/// <summary>What a node says that somebody used.</summary>
internal sealed class NodeUsageBody
{
    /// <summary>The largest body, in bytes: every text at its longest, with each character escaped.</summary>
    public const int BytesMax = 256 * 1024;

    /// <summary>The node that recorded it.</summary>
    public string? NodeId { get; set; }

    /// <summary>Whose account is charged.</summary>
    public string? UserSid { get; set; }

    /// <summary>The charge, above zero, in the smallest unit of the nodes' asset.</summary>
    public long? AmountCents { get; set; }

    /// <summary>What was used.</summary>
    public string? ResourceKind { get; set; }

    /// <summary>The node's own key for it.</summary>
    public string? IdempotencyKey { get; set; }

    /// <summary>What it was, for people.</summary>
    public string? Description { get; set; }

    /// <summary>The record, or the field that is wrong and why.</summary>
    public static async Task<(NodeUsageRecord? Record, string? Field, string? Problem)> ReadAsync(
        HttpRequest request, DateTimeOffset now, CancellationToken cancellation)
    {
        try
        {
            var body = await JsonSerializer.DeserializeAsync(
                request.Body, NodeUsageJson.Default.NodeUsageBody, cancellation);

            return body is null
                ? (null, null, "the body is null; it is a JSON object")
                : Check(body.ToRecord(now));
        }
        catch (JsonException malformed)
        {
            var field = malformed.Path is { Length: > 2 } path ? path[2..] : null;
            return (null, field, "the body is not JSON, or a field is of the wrong type or there twice");
        }
    }

    private static (NodeUsageRecord? Record, string? Field, string? Problem) Check(NodeUsageRecord record) =>
        RecordRules.ProblemOf(record) is { } problem
            ? (null, problem.Field, problem.ToString())
            : (record, null, null);

    private NodeUsageRecord ToRecord(DateTimeOffset now) => new()
    {
        AmountCents = AmountCents ?? 0,
        CreatedAt = now,
        Description = Description ?? "",
        IdempotencyKey = IdempotencyKey ?? "",
        NodeId = NodeId ?? "",
        ResourceKind = ResourceKind ?? "",
        UserSid = UserSid ?? "",
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(NodeUsageBody))]
internal sealed partial class NodeUsageJson : JsonSerializerContext;
