namespace EventLedger.Proxy.Usage;

/// <summary>The counts of a usage block, one for each name and place that upstreams use.</summary>
internal enum UsageField
{
    None,
    PromptTokens,
    CompletionTokens,
    TotalTokens,
    InputTokens,
    OutputTokens,
    CacheCreationTokens,
    CacheReadTokens,
    PromptCachedTokens,
    InputCachedTokens,
    CompletionReasoningTokens,
    OutputReasoningTokens,
}
