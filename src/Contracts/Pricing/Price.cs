using System.IO.Enumeration;

namespace EventLedger.Contracts.Pricing;

/// <summary>What tokens of one kind of model cost from a day on, in micro-OMR for a million tokens.</summary>
/// <param name="Model">A pattern of model names, with <c>*</c> for any text and <c>?</c> for one character; case
/// doesn't count.</param>
/// <param name="From">When it begins to hold.</param>
/// <param name="Prompt">Prompt tokens, and those whose kind the upstream doesn't tell.</param>
/// <param name="Cached">Prompt tokens from a cache.</param>
/// <param name="Completion">Answer tokens.</param>
/// <param name="Reasoning">Answer tokens spent on reasoning.</param>
public sealed record Price(
    string Model, DateTimeOffset From, Int128 Prompt, Int128 Cached, Int128 Completion, Int128 Reasoning)
{
    /// <summary>The tokens that the unit of prices is for.</summary>
    public const long Million = 1_000_000;

    /// <summary>Whether it is for a model.</summary>
    public bool IsFor(string? model) => IsFor(Model, model);

    /// <summary>Whether a pattern is for a model.</summary>
    public static bool IsFor(string pattern, string? model) =>
        pattern is "*" || FileSystemName.MatchesSimpleExpression(pattern, model?.Trim(), ignoreCase: true);

    /// <summary>One price for every token.</summary>
    public static Price PerToken(long microOmr)
    {
        var each = (Int128)microOmr * Million;
        return new("*", DateTimeOffset.MinValue, each, each, each, each);
    }
}
