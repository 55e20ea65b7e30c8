namespace EventLedger.Projections.Statements;

/// <summary>What a customer's entries of one asset, day, model and kind add up to.</summary>
/// <param name="Asset">The asset, <c>OMR/6</c>.</param>
/// <param name="Day">The UTC day on which they were recorded.</param>
/// <param name="Model">The model; empty where there was none.</param>
/// <param name="Kind">The stored name of their events, <c>usage_recorded</c>.</param>
/// <param name="Amount">The sum in the asset's smallest unit.</param>
/// <param name="Entries">How many they are.</param>
/// <param name="Tokens">Their tokens.</param>
public sealed record StatementTotal(
    string Asset, DateOnly Day, string Model, string Kind, long Amount, long Entries, StatementTokens Tokens)
{
    /// <summary>The sums of a row, in order.</summary>
    internal const string SumColumns =
        "amount, entries, tokens_used, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens";

    /// <summary>All columns of <c>statement_totals</c>, in order.</summary>
    internal const string Columns = $"{KeyColumns}, {SumColumns}";

    /// <summary>What tells a row of <c>statement_totals</c> from others; this record is the sum of some.</summary>
    internal const string KeyColumns = "customer_id, asset, day, model, kind, used_on, is_usage";

    /// <summary>Whether two rows have the same key, as the index has it.</summary>
    internal static string SameKey(string one, string other) => $"""
        {one}.customer_id = {other}.customer_id and {one}.asset = {other}.asset and {one}.day = {other}.day
            and {one}.kind = {other}.kind and md5({one}.model) = md5({other}.model)
            and {one}.used_on = {other}.used_on and {one}.is_usage = {other}.is_usage
        """;
}

/// <summary>Tokens by their kind, zero where none were counted.</summary>
/// <param name="Used">All tokens.</param>
/// <param name="Prompt">Tokens of prompts, cached ones included.</param>
/// <param name="Completion">Tokens of answers, reasoning included.</param>
/// <param name="Cached">Prompt tokens that came from a cache.</param>
/// <param name="Reasoning">Answer tokens spent on reasoning.</param>
public readonly record struct StatementTokens(
    long Used, long Prompt, long Completion, long Cached, long Reasoning);
