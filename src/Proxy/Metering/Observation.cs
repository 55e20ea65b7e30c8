using System.Runtime.CompilerServices;
using EventLedger.Proxy.Spool;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Metering;

/// <summary>
/// One metered response while it flows by. It is settled once: when it is whole, or when it breaks off.
/// </summary>
internal sealed class Observation(UsageMeter meter, MeteredRequest request, IUsageScanner scanner, bool isStream)
{
    /// <summary>Whether its envelope is made, or it is known that there is none.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>The record of its envelope until somebody has waited for it; null where there is none.</summary>
    public PendingRecord? Unwritten { get; private set; }

    /// <summary>
    /// Whether bytes may go to the client. That the record is on disk isn't enough: who holds bytes for it would never
    /// be told to send them.
    /// </summary>
    public bool IsSafe => Unwritten is null;

    /// <summary>Looks at the next bytes, before they go to the client.</summary>
    public void See(ReadOnlySpan<byte> bytes)
    {
        if (IsSettled)
        {
            return;
        }

        scanner.Scan(bytes);

        if (scanner.IsComplete)
        {
            Charge(isPartial: false);
        }
    }

    /// <summary>The upstream ended the response as it should.</summary>
    public void End()
    {
        if (IsSettled)
        {
            return;
        }

        scanner.End();

        if (scanner.IsComplete)
        {
            Charge(isPartial: false);
            return;
        }

        Settle(scanner.Usage.Problem is UnmeteredReason.Encoding ? UnmeteredReason.Encoding : UnmeteredReason.CutOff);
    }

    /// <summary>
    /// The response will go no further. A stream that has stated its usage is charged for it; half a document isn't.
    /// </summary>
    public void BreakOff(UnmeteredReason reason)
    {
        if (IsSettled)
        {
            return;
        }

        if (isStream && scanner.Usage.TryCount(out _) is UnmeteredReason.None)
        {
            Charge(isPartial: true);
            return;
        }

        Settle(reason);
    }

    /// <summary>Waits until the envelope is safe, or a named time; not at all where it was waited for.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WrittenAsync()
    {
        if (Unwritten is { } record)
        {
            await record.WrittenAsync();
            Unwritten = null;
        }
    }

    private void Charge(bool isPartial)
    {
        IsSettled = true;
        Unwritten = meter.Charge(request, scanner, isStream, isPartial);
        ResponseScanners.GiveBack(scanner);
    }

    private void Settle(UnmeteredReason reason)
    {
        IsSettled = true;
        meter.NoteUnmetered(request, reason);
        ResponseScanners.GiveBack(scanner);
    }
}
