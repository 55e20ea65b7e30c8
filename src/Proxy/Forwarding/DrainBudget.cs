using EventLedger.Proxy.Settings;

namespace EventLedger.Proxy.Forwarding;

/// <summary>How much may be read on from the upstream for clients that have gone.</summary>
internal sealed class DrainBudget(ProxySettings settings)
{
    private int taken;

    /// <summary>The responses being read on.</summary>
    public int Taken => Volatile.Read(ref taken);

    /// <summary>How long one may be read on.</summary>
    public TimeSpan TimeMax => settings.DrainTimeMax;

    /// <summary>How many bytes of one may be read on.</summary>
    public long BytesMax => settings.DrainBytesMax;

    /// <summary>False where as many as may be are being read on already.</summary>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref taken) <= settings.DrainResponsesMax)
        {
            return true;
        }

        GiveBack();
        return false;
    }

    /// <summary>Ends what <see cref="TryTake"/> began.</summary>
    public void GiveBack() => Interlocked.Decrement(ref taken);
}
