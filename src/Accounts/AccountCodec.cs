using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace EventLedger.Accounts;

/// <summary>Turns events into what is stored and back. Stored names stand here and nowhere else.</summary>
public static class AccountCodec
{
    /// <summary>The name of <see cref="UsageReversed"/>, which is never undone itself.</summary>
    internal const string Reversed = "usage_reversed";

    /// <summary>The stored name of a charge.</summary>
    public const string Usage = "usage_recorded";

    private const string Opened = "account_opened";
    private const string TenantChanged = "account_tenant_changed";
    private const string Closed = "account_closed";
    private const string Credit = "credit_granted";
    private const string Legacy = "legacy_entry_imported";
    private const string Corrected = "usage_corrected";

    // Text is stored as people read it, not as escapes; fields come in the order in which they are hashed.
    private static readonly JsonSerializerOptions Json = new(EventJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = EventJson.Default.WithAddedModifier(OrderByName),
    };

    private static readonly JsonTypeInfo<AccountOpened> OpenedJson = JsonOf<AccountOpened>();
    private static readonly JsonTypeInfo<AccountTenantChanged> TenantChangedJson = JsonOf<AccountTenantChanged>();
    private static readonly JsonTypeInfo<AccountClosed> ClosedJson = JsonOf<AccountClosed>();
    private static readonly JsonTypeInfo<UsageRecorded> UsageJson = JsonOf<UsageRecorded>();
    private static readonly JsonTypeInfo<CreditGranted> CreditJson = JsonOf<CreditGranted>();
    private static readonly JsonTypeInfo<UsageReversed> ReversedJson = JsonOf<UsageReversed>();
    private static readonly JsonTypeInfo<LegacyEntryImported> LegacyJson = JsonOf<LegacyEntryImported>();
    private static readonly JsonTypeInfo<UsageCorrected> CorrectedJson = JsonOf<UsageCorrected>();

    /// <summary>What is stored of the event: JSON with names in snake_case, without what is null or false.</summary>
    public static EncodedEvent Encode(AccountEvent @event) => @event switch
    {
        AccountOpened opened => Encode(Opened, opened, OpenedJson),
        AccountTenantChanged changed => Encode(TenantChanged, changed, TenantChangedJson),
        AccountClosed closed => Encode(Closed, closed, ClosedJson),
        UsageRecorded usage => Encode(Usage, usage, UsageJson),
        CreditGranted credit => Encode(Credit, credit, CreditJson),
        UsageReversed reversed => Encode(Reversed, reversed, ReversedJson),
        LegacyEntryImported imported => Encode(Legacy, imported, LegacyJson),
        UsageCorrected corrected => Encode(Corrected, corrected, CorrectedJson),
        _ => throw new UnreachableException($"{@event.GetType().Name} has no stored form."),
    };

    /// <summary>The event that was stored.</summary>
    /// <exception cref="NotSupportedException">The name is not known: this version is older than the data.</exception>
    /// <exception cref="JsonException">The data is not what that event holds.</exception>
    public static AccountEvent Decode(string type, ReadOnlySpan<byte> data) => type switch
    {
        Opened => JsonSerializer.Deserialize(data, OpenedJson)!,
        TenantChanged => JsonSerializer.Deserialize(data, TenantChangedJson)!,
        Closed => JsonSerializer.Deserialize(data, ClosedJson)!,
        Usage => JsonSerializer.Deserialize(data, UsageJson)!,
        Credit => JsonSerializer.Deserialize(data, CreditJson)!,
        Reversed => JsonSerializer.Deserialize(data, ReversedJson)!,
        Legacy => JsonSerializer.Deserialize(data, LegacyJson)!,
        Corrected => JsonSerializer.Deserialize(data, CorrectedJson)!,
        _ => throw Unknown(type),
    };

    /// <summary>The CLR type of the events that are stored under a name, as Marten knows it.</summary>
    /// <exception cref="NotSupportedException">The name is not known: this version is older than the data.</exception>
    public static string DotnetTypeOf(string type) => type switch
    {
        Opened => DotnetType<AccountOpened>.Name,
        TenantChanged => DotnetType<AccountTenantChanged>.Name,
        Closed => DotnetType<AccountClosed>.Name,
        Usage => DotnetType<UsageRecorded>.Name,
        Credit => DotnetType<CreditGranted>.Name,
        Reversed => DotnetType<UsageReversed>.Name,
        Legacy => DotnetType<LegacyEntryImported>.Name,
        Corrected => DotnetType<UsageCorrected>.Name,
        _ => throw Unknown(type),
    };

    private static EncodedEvent Encode<T>(string type, T @event, JsonTypeInfo<T> json) => new(
        type, DotnetType<T>.Name, JsonSerializer.SerializeToUtf8Bytes(@event, json));

    private static NotSupportedException Unknown(string type) =>
        new($"Event type '{type}' is unknown to this version; upgrade it.");

    private static JsonTypeInfo<T> JsonOf<T>() => (JsonTypeInfo<T>)Json.GetTypeInfo(typeof(T));

    private static void OrderByName(JsonTypeInfo type)
    {
        var order = 0;

        foreach (var property in type.Properties.OrderBy(property => property.Name, StringComparer.Ordinal))
        {
            property.Order = order++;
        }
    }

    private static class DotnetType<T>
    {
        public static readonly string Name = $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";
    }
}

/// <summary>An event as it is stored.</summary>
/// <param name="Type">Its name.</param>
/// <param name="DotnetType">The CLR type that a Marten application reads it into.</param>
/// <param name="Data">Its JSON.</param>
public readonly record struct EncodedEvent(string Type, string DotnetType, byte[] Data);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AccountOpened))]
[JsonSerializable(typeof(AccountTenantChanged))]
[JsonSerializable(typeof(AccountClosed))]
[JsonSerializable(typeof(UsageRecorded))]
[JsonSerializable(typeof(CreditGranted))]
[JsonSerializable(typeof(UsageReversed))]
[JsonSerializable(typeof(LegacyEntryImported))]
[JsonSerializable(typeof(UsageCorrected))]
internal sealed partial class EventJson : JsonSerializerContext;
