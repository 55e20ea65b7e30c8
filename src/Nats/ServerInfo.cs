using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventLedger.Nats;

/// <summary>What a server says of itself, when a connection opens and whenever that changes.</summary>
// The generated reader sets every init property, absent ones to null or zero: so defaults are in the getters.
public sealed record ServerInfo
{
    /// <summary>The server's id; another after each restart.</summary>
    public string ServerId { get => field ?? ""; init; }

    /// <summary>The server's name.</summary>
    public string ServerName { get => field ?? ""; init; }

    /// <summary>The server's version, <c>2.9.10</c>.</summary>
    public string Version { get => field ?? ""; init; }

    /// <summary>Whether messages may carry headers.</summary>
    public bool Headers { get; init; }

    /// <summary>The largest message, headers included, in bytes.</summary>
    public int MaxPayload { get => field == 0 ? 1024 * 1024 : field; init; }

    /// <summary>Whether the server has JetStream.</summary>
    [JsonPropertyName("jetstream")]
    public bool JetStream { get; init; }

    /// <summary>Whether the server wants a login.</summary>
    public bool AuthRequired { get; init; }

    /// <summary>Whether the server speaks nothing but TLS after this line.</summary>
    public bool TlsRequired { get; init; }

    /// <summary>Whether the server speaks TLS if asked.</summary>
    public bool TlsAvailable { get; init; }

    /// <summary>The server's number for this connection.</summary>
    public ulong ClientId { get; init; }

    /// <summary>Other servers of the cluster, <c>host:port</c>.</summary>
    public IReadOnlyList<string> ConnectUrls { get => field ?? []; init; }

    /// <summary>Whether the server is about to stop and wants its clients to leave.</summary>
    [JsonPropertyName("ldm")]
    public bool LameDuckMode { get; init; }

    internal static ServerInfo Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ServerInfoJson.Default.ServerInfo)
                ?? throw new NatsProtocolException("The server described itself as null.");
        }
        catch (JsonException malformed)
        {
            throw new NatsProtocolException($"The server's description is no JSON: {malformed.Message}");
        }
    }

    /// <summary>Whether the version is at least the one given; an unreadable version is not.</summary>
    internal bool IsAtLeast(int major, int minor, int patch) =>
        System.Version.TryParse(Version.Split('-', 2)[0], out var version)
        && version >= new Version(major, minor, patch);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ServerInfo))]
internal sealed partial class ServerInfoJson : JsonSerializerContext;
