using EventLedger.Contracts.Pricing;

namespace EventLedger.Proxy.Usage;

/// <summary>What an upstream stated about usage, field by field, before anything is made of it.</summary>
internal sealed class UsageBlock
{
    private readonly long?[] counts = new long?[Enum.GetValues<UsageField>().Length];

    /// <summary>Whether a count was stated where an answer's final usage stands.</summary>
    public bool IsFinal { get; private set; }

    /// <summary>Why what was stated can't be used; none as long as it can.</summary>
    public UnmeteredReason Problem { get; private set; }

    private long? this[UsageField field] => counts[(int)field];

    /// <summary>A later statement replaces an earlier one: streams state running totals.</summary>
    public void State(UsageField field, long count, bool isFinal)
    {
        counts[(int)field] = count;
        IsFinal |= isFinal;
    }

    /// <summary>One unusable count spoils the whole: half of it would be a wrong charge.</summary>
    public void Spoil(UnmeteredReason problem) => Problem = problem;

    /// <summary>Takes over what <paramref name="later"/> states, and keeps what it doesn't.</summary>
    public void Merge(UsageBlock later)
    {
        for (var field = 0; field < counts.Length; field++)
        {
            counts[field] = later.counts[field] ?? counts[field];
        }

        IsFinal |= later.IsFinal;
        Problem = later.Problem is UnmeteredReason.None ? Problem : later.Problem;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(counts);
        IsFinal = false;
        Problem = UnmeteredReason.None;
    }

    /// <summary>The tokens, or the reason why there is no telling.</summary>
    public UnmeteredReason TryCount(out TokenCounts tokens)
    {
        tokens = default;

        if (Problem is not UnmeteredReason.None)
        {
            return Problem;
        }

        try
        {
            if (!IsFinal || Total is not { } total)
            {
                return UnmeteredReason.NoUsage;
            }

            tokens = new(total, Prompt, Completion, Cached, Reasoning);
            return UnmeteredReason.None;
        }
        catch (OverflowException)
        {
            return UnmeteredReason.Overflow;
        }
    }

    private long? Total =>
        this[UsageField.TotalTokens] ?? Sum(Prompt, Completion);

    // A gateway may state both forms and leave one at zero.
    private long? Prompt =>
        Stated(this[UsageField.PromptTokens], InputAndCaches);

    private long? Completion =>
        Stated(this[UsageField.CompletionTokens], this[UsageField.OutputTokens]);

    private long? Cached => Stated(
        this[UsageField.PromptCachedTokens],
        Stated(this[UsageField.InputCachedTokens], this[UsageField.CacheReadTokens]));

    private long? Reasoning =>
        Stated(this[UsageField.CompletionReasoningTokens], this[UsageField.OutputReasoningTokens]);

    // Beside input_tokens, both cache kinds are additional; beside prompt_tokens they are a part of them.
    private long? InputAndCaches => Sum(
        this[UsageField.InputTokens],
        Sum(this[UsageField.CacheCreationTokens], this[UsageField.CacheReadTokens]));

    private static long? Stated(long? first, long? second) => first is null or 0 ? second ?? first : first;

    private static long? Sum(long? one, long? other) => one is null && other is null ? null : (one ?? 0) + (other ?? 0);
}
