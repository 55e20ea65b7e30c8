namespace EventLedger.Proxy.Usage;

/// <summary>The objects of an answer that usage is found in or on the way to; every other one is skipped.</summary>
internal enum JsonPlace
{
    Skipped,
    Document,
    Root,
    Response,
    Message,
    Meta,
    Usage,
    PreliminaryUsage,
    PromptDetails,
    InputDetails,
    CompletionDetails,
    OutputDetails,
}

/// <summary>A text that the envelope or the end of a stream depends on.</summary>
internal enum JsonText
{
    None,
    Model,
    EventType,
}

/// <summary>
/// Where the known shapes keep usage. Only exact places count: a customer's text or tool arguments may well hold
/// something that is called usage.
/// </summary>
internal static class UsageShape
{
    /// <summary>What the object under <paramref name="key"/> is.</summary>
    public static JsonPlace ObjectAt(JsonPlace parent, ReadOnlySpan<byte> key) => parent switch
    {
        JsonPlace.Document => JsonPlace.Root,
        JsonPlace.Root when key.SequenceEqual("usage"u8) => JsonPlace.Usage,
        JsonPlace.Root when key.SequenceEqual("response"u8) => JsonPlace.Response,
        JsonPlace.Root when key.SequenceEqual("message"u8) => JsonPlace.Message,
        JsonPlace.Root when key.SequenceEqual("meta"u8) => JsonPlace.Meta,
        JsonPlace.Response when key.SequenceEqual("usage"u8) => JsonPlace.Usage,
        JsonPlace.Meta when key.SequenceEqual("usage"u8) || key.SequenceEqual("tokens"u8) => JsonPlace.Usage,
        JsonPlace.Message when key.SequenceEqual("usage"u8) => JsonPlace.PreliminaryUsage,
        JsonPlace.Usage or JsonPlace.PreliminaryUsage => DetailsAt(key),
        _ => JsonPlace.Skipped,
    };

    /// <summary>The count that the number under <paramref name="key"/> is.</summary>
    public static UsageField CountAt(JsonPlace place, ReadOnlySpan<byte> key) => place switch
    {
        JsonPlace.Usage or JsonPlace.PreliminaryUsage or JsonPlace.Meta => CountOf(key),
        JsonPlace.PromptDetails when key.SequenceEqual("cached_tokens"u8) => UsageField.PromptCachedTokens,
        JsonPlace.InputDetails when key.SequenceEqual("cached_tokens"u8) => UsageField.InputCachedTokens,
        JsonPlace.CompletionDetails when key.SequenceEqual("reasoning_tokens"u8) =>
            UsageField.CompletionReasoningTokens,
        JsonPlace.OutputDetails when key.SequenceEqual("reasoning_tokens"u8) => UsageField.OutputReasoningTokens,
        _ => UsageField.None,
    };

    /// <summary>The text that the string under <paramref name="key"/> is.</summary>
    public static JsonText TextAt(JsonPlace place, ReadOnlySpan<byte> key) => place switch
    {
        JsonPlace.Root when key.SequenceEqual("type"u8) => JsonText.EventType,
        JsonPlace.Root or JsonPlace.Response or JsonPlace.Message when key.SequenceEqual("model"u8) => JsonText.Model,
        _ => JsonText.None,
    };

    private static JsonPlace DetailsAt(ReadOnlySpan<byte> key) => key switch
    {
        _ when key.SequenceEqual("prompt_tokens_details"u8) => JsonPlace.PromptDetails,
        _ when key.SequenceEqual("input_tokens_details"u8) => JsonPlace.InputDetails,
        _ when key.SequenceEqual("completion_tokens_details"u8) => JsonPlace.CompletionDetails,
        _ when key.SequenceEqual("output_tokens_details"u8) => JsonPlace.OutputDetails,
        _ => JsonPlace.Skipped,
    };

    private static UsageField CountOf(ReadOnlySpan<byte> key) => key switch
    {
        _ when key.SequenceEqual("prompt_tokens"u8) => UsageField.PromptTokens,
        _ when key.SequenceEqual("completion_tokens"u8) => UsageField.CompletionTokens,
        _ when key.SequenceEqual("total_tokens"u8) => UsageField.TotalTokens,
        _ when key.SequenceEqual("input_tokens"u8) => UsageField.InputTokens,
        _ when key.SequenceEqual("output_tokens"u8) => UsageField.OutputTokens,
        _ when key.SequenceEqual("cache_creation_input_tokens"u8) => UsageField.CacheCreationTokens,
        _ when key.SequenceEqual("cache_read_input_tokens"u8) => UsageField.CacheReadTokens,
        _ => UsageField.None,
    };
}
