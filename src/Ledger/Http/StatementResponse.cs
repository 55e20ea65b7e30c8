using System.Text.Json.Serialization;
using EventLedger.Projections.Statements;

namespace EventLedger.Ledger.Http;

/// <summary>What a customer's balances did between two times.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="From">The first time.</param>
/// <param name="To">The second time, which is no part of it.</param>
/// <param name="Position">The ledger's last position before the second time, or the newest.</param>
/// <param name="Opening">The balance right before the first time, for each asset that had an entry by the end.</param>
/// <param name="Totals">What was recorded in between.</param>
/// <param name="Closing">The balance right before the second time: the opening one and the totals.</param>
/// <param name="Entries">The newest entries of it, where they are asked for.</param>
public sealed record StatementResponse(
    string CustomerId, DateTimeOffset From, DateTimeOffset To, long Position,
    IReadOnlyDictionary<string, long> Opening, IReadOnlyList<StatementItem> Totals,
    IReadOnlyDictionary<string, long> Closing,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EntryItems? Entries)
{
    /// <summary>What is shown of a statement.</summary>
    internal static StatementResponse Of(
        string customerId, DateTimeOffset from, DateTimeOffset to, Statement statement, EntryItems? entries) => new(
        customerId, from, to, statement.Position, statement.Opening,
        [.. statement.Totals.Select(StatementItem.Of)], statement.Closing, entries);
}

/// <summary>What the entries of one asset, day, model and kind add up to.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Day">The UTC day on which they were recorded.</param>
/// <param name="Model">The model; empty where there was none.</param>
/// <param name="Kind">What happened, <c>usage_recorded</c>.</param>
/// <param name="Amount">The sum in the asset's smallest unit.</param>
/// <param name="Entries">How many they are.</param>
/// <param name="TokensUsed">All tokens.</param>
/// <param name="PromptTokens">Tokens of prompts, cached ones included.</param>
/// <param name="CompletionTokens">Tokens of answers, reasoning included.</param>
/// <param name="CachedTokens">Prompt tokens that came from a cache.</param>
/// <param name="ReasoningTokens">Answer tokens spent on reasoning.</param>
public sealed record StatementItem(
    string Asset, DateOnly Day, string Model, string Kind, long Amount, long Entries, long TokensUsed,
    long PromptTokens, long CompletionTokens, long CachedTokens, long ReasoningTokens)
{
    /// <summary>What is shown of a total.</summary>
    internal static StatementItem Of(StatementTotal total) => new(
        total.Asset, total.Day, total.Model, total.Kind, total.Amount, total.Entries, total.Tokens.Used,
        total.Tokens.Prompt, total.Tokens.Completion, total.Tokens.Cached, total.Tokens.Reasoning);
}
