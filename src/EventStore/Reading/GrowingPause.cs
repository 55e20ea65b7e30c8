namespace EventLedger.EventStore.Reading;

/// <summary>Pauses after failures: each twice as long as the one before, within bounds.</summary>
internal sealed class GrowingPause(TimeSpan min, TimeSpan max, TimeProvider time)
{
    private TimeSpan? grown;

    /// <summary>Returns after the pause that is due.</summary>
    public async Task WaitAsync(CancellationToken cancellation)
    {
        var pause = grown ?? min;
        grown = pause * 2 < max ? pause * 2 : max;
        await Task.Delay(pause, time, cancellation);
    }

    /// <summary>Begins anew: something has succeeded.</summary>
    public void Reset() => grown = null;
}
