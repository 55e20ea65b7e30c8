using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Metering;

/// <summary>
/// One metered response while it flows by. It is settled once: when it is whole, or when it breaks off.
/// </summary>
internal sealed class Observation(UsageMeter meter, MeteredRequest request, IUsageScanner scanner, bool isStream)
{
    /// <summary>Whether its envelope is made, or it is known that there is none.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>Looks at the next bytes, before they go to the client.</summary>
    public ValueTask SeeAsync(ReadOnlySpan<byte> bytes)
    {
        if (IsSettled)
        {
            return ValueTask.CompletedTask;
        }

        scanner.Scan(bytes);
        return scanner.IsComplete ? SettleAsync() : ValueTask.CompletedTask;
    }

    /// <summary>The upstream ended the response as it should.</summary>
    public ValueTask EndAsync()
    {
        if (IsSettled)
        {
            return ValueTask.CompletedTask;
        }

        scanner.End();

        if (scanner.IsComplete)
        {
            return SettleAsync();
        }

        Settle(scanner.Usage.Problem is UnmeteredReason.Encoding ? UnmeteredReason.Encoding : UnmeteredReason.CutOff);
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// The response will go no further. A stream that has stated its usage is charged for it; half a document isn't.
    /// </summary>
    public ValueTask BreakOffAsync(UnmeteredReason reason)
    {
        if (IsSettled)
        {
            return ValueTask.CompletedTask;
        }

        if (isStream && scanner.Usage.TryCount(out _) is UnmeteredReason.None)
        {
            return SettleAsync(isPartial: true);
        }

        Settle(reason);
        return ValueTask.CompletedTask;
    }

    private ValueTask SettleAsync(bool isPartial = false)
    {
        IsSettled = true;
        var charged = meter.ChargeAsync(request, scanner, isStream, isPartial);
        ResponseScanners.GiveBack(scanner);
        return charged;
    }

    private void Settle(UnmeteredReason reason)
    {
        IsSettled = true;
        meter.NoteUnmetered(request, reason);
        ResponseScanners.GiveBack(scanner);
    }
}
