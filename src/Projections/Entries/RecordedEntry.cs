using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventLedger.Accounts;
using EventLedger.EventStore.Reading;

namespace EventLedger.Projections.Entries;

/// <summary>An event that changed a balance.</summary>
/// <param name="Event">The event, with its data as it is stored.</param>
/// <param name="Asset">The asset, <c>OMR/6</c>.</param>
/// <param name="Amount">What it changed the balance by, in the asset's smallest unit.</param>
/// <param name="TokensUsed">All tokens; 0 where none were counted.</param>
/// <param name="CompletedAt">When what it is of was completed, UTC; null where it doesn't say.</param>
/// <param name="Details">What else its data says.</param>
public sealed record RecordedEntry(
    StoredEvent Event, string Asset, long Amount, long TokensUsed, string? CompletedAt, EntryDetails Details)
{
    /// <summary>Makes an entry of an event; false for an event that changes no balance.</summary>
    public static bool TryRead(in StoredEvent @event, [NotNullWhen(true)] out RecordedEntry? entry)
    {
        if (!Entry.TryRead(@event.Data.Span, out var read))
        {
            entry = null;
            return false;
        }

        entry = new RecordedEntry(
            @event, Encoding.UTF8.GetString(read.AssetName), read.Amount, read.Tokens.Used,
            read.CompletedAt.IsEmpty ? null : Encoding.UTF8.GetString(read.CompletedAt),
            JsonSerializer.Deserialize(@event.Data.Span, EntryJson.Default.EntryDetails)!);
        return true;
    }
}

/// <summary>What people look for in an entry besides its amount.</summary>
public sealed record EntryDetails
{
    /// <summary>What it was for.</summary>
    public string? Reason { get; init; }

    /// <summary>The model that answered.</summary>
    public string? Model { get; init; }

    /// <summary>The request that was charged.</summary>
    public string? RequestId { get; init; }

    /// <summary>The tenant that the envelope named, which need not be the account's.</summary>
    public string? TenantId { get; init; }

    /// <summary>Marks an envelope whose two amounts disagreed.</summary>
    public bool AmountsDiffer { get; init; }

    /// <summary>Marks a second charge under a request id that was already booked with other content.</summary>
    public bool RequestIdReused { get; init; }

    /// <summary>Marks an envelope that named another tenant than the account's.</summary>
    public bool TenantDiffers { get; init; }

    /// <summary>Marks an entry of an account that was closed before.</summary>
    public bool AfterClosing { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EntryDetails))]
internal sealed partial class EntryJson : JsonSerializerContext;
