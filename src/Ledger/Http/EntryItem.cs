using System.Text.Json;
using System.Text.Json.Serialization;
using EventLedger.Projections.Entries;

namespace EventLedger.Ledger.Http;

/// <summary>An event that changed a balance.</summary>
/// <param name="Id">The event.</param>
/// <param name="CustomerId">Whose balance.</param>
/// <param name="Position">The event's place in the ledger.</param>
/// <param name="RecordedAt">When it was recorded.</param>
/// <param name="Kind">What happened, <c>usage_recorded</c>.</param>
/// <param name="Asset">The asset.</param>
/// <param name="Amount">What it changed the balance by, in the asset's smallest unit; negative is spend.</param>
/// <param name="Reason">What it was for.</param>
/// <param name="Model">The model that answered.</param>
/// <param name="RequestId">The request that was charged.</param>
/// <param name="TenantId">The tenant that the envelope named, which need not be the account's.</param>
/// <param name="TokensUsed">All tokens; 0 where none were counted.</param>
/// <param name="CompletedAt">When what it is of was completed.</param>
/// <param name="Marks">
/// What is odd about it: <c>amounts_differ</c>, <c>request_id_reused</c>, <c>tenant_differs</c>, <c>after_closing</c>.
/// </param>
/// <param name="Data">All that is stored of the event; of an entry that was asked for by its id.</param>
public sealed record EntryItem(
    Guid Id, string CustomerId, long Position, DateTimeOffset RecordedAt, string Kind, string Asset, long Amount,
    string? Reason, string? Model, string? RequestId, string? TenantId, long TokensUsed, string? CompletedAt,
    IReadOnlyList<string> Marks,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Data = null)
{
    /// <summary>What a list shows of an entry.</summary>
    internal static EntryItem Of(RecordedEntry entry) => new(
        entry.Event.Id, entry.Event.StreamId, entry.Event.Position, entry.Event.Time, entry.Event.Type, entry.Asset,
        entry.Amount, entry.Details.Reason, entry.Details.Model, entry.Details.RequestId, entry.Details.TenantId,
        entry.TokensUsed, entry.CompletedAt, [.. MarksOf(entry.Details)]);

    /// <summary>Everything about an entry.</summary>
    internal static EntryItem WithData(RecordedEntry entry) =>
        Of(entry) with { Data = JsonElement.Parse(entry.Event.Data.Span) };

    private static IEnumerable<string> MarksOf(EntryDetails details)
    {
        if (details.AmountsDiffer)
        {
            yield return "amounts_differ";
        }

        if (details.RequestIdReused)
        {
            yield return "request_id_reused";
        }

        if (details.TenantDiffers)
        {
            yield return "tenant_differs";
        }

        if (details.AfterClosing)
        {
            yield return "after_closing";
        }
    }
}

/// <summary>A page of entries, newest first.</summary>
/// <param name="Items">The entries; there may be few, or none, although more follow.</param>
/// <param name="Next">What <c>after</c> takes for the next page; null on the last one.</param>
public sealed record EntryItems(IReadOnlyList<EntryItem> Items, string? Next)
{
    /// <summary>What is shown of a page.</summary>
    internal static EntryItems Of(EntryPage page) => new(
        [.. page.Items.Select(EntryItem.Of)],
        page.Next?.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
