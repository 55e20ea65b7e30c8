using System.Runtime.InteropServices;

namespace EventLedger.Contracts.Pricing;

/// <summary>
/// The tokens of one response. <see cref="Total"/> is what is charged; the kinds say what it is made of.
/// </summary>
/// <param name="Total">All tokens.</param>
/// <param name="Prompt">Tokens of the prompt, cached ones included.</param>
/// <param name="Completion">Tokens of the answer, reasoning included.</param>
/// <param name="Cached">Prompt tokens that came from a cache.</param>
/// <param name="Reasoning">Answer tokens spent on reasoning.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TokenCounts(
    long Total, long? Prompt = null, long? Completion = null, long? Cached = null, long? Reasoning = null);
