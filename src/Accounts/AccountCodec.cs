using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventLedger.Accounts;

/// <summary>Turns events into what is stored and back. Stored names stand here and nowhere else.</summary>
public static class AccountCodec
{
    private const string Opened = "account_opened";
    private const string Usage = "usage_recorded";

    // Text is stored as people read it, not as escapes.
    private static readonly EventJson Json =
        new(new JsonSerializerOptions(EventJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The event's stored name.</summary>
    public static string TypeOf(AccountEvent @event) => @event switch
    {
        AccountOpened => Opened,
        UsageRecorded => Usage,
        _ => throw new UnreachableException($"{@event.GetType().Name} has no stored name."),
    };

    /// <summary>The event's JSON, names in snake_case; what is null or false is left out.</summary>
    public static byte[] Encode(AccountEvent @event) => @event switch
    {
        AccountOpened opened => JsonSerializer.SerializeToUtf8Bytes(opened, Json.AccountOpened),
        UsageRecorded usage => JsonSerializer.SerializeToUtf8Bytes(usage, Json.UsageRecorded),
        _ => throw new UnreachableException($"{@event.GetType().Name} has no stored form."),
    };

    /// <summary>The event that was stored.</summary>
    /// <exception cref="NotSupportedException">The name is not known: this version is older than the data.</exception>
    /// <exception cref="JsonException">The data is not what that event holds.</exception>
    public static AccountEvent Decode(string type, ReadOnlySpan<byte> data) => type switch
    {
        Opened => JsonSerializer.Deserialize(data, Json.AccountOpened)!,
        Usage => JsonSerializer.Deserialize(data, Json.UsageRecorded)!,
        _ => throw new NotSupportedException($"Event type '{type}' is unknown to this version; upgrade it."),
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AccountOpened))]
[JsonSerializable(typeof(UsageRecorded))]
internal sealed partial class EventJson : JsonSerializerContext;
