namespace EventLedger.Proxy.Usage;

/// <summary>Why a response that may have cost tokens was charged nothing. Counted by reason, and logged.</summary>
internal enum UnmeteredReason
{
    /// <summary>It was metered.</summary>
    None,

    /// <summary>The answer was whole and stated no usage.</summary>
    NoUsage,

    /// <summary>The upstream broke off.</summary>
    CutOff,

    /// <summary>The client had gone, and reading on would have passed a budget.</summary>
    DrainBudget,

    /// <summary>An encoding that can't be read.</summary>
    Encoding,

    /// <summary>A count was negative, no whole number, or no number.</summary>
    MalformedUsage,

    /// <summary>A count, a sum or an amount is outside 64 bits.</summary>
    Overflow,
}
