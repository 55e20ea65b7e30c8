namespace EventLedger.NodeBilling.Forges;

/// <summary>Tries again what may pass, a bounded number of times, with pauses that grow and differ.</summary>
/// <param name="time">Measures the pauses.</param>
public sealed class ForgeRetry(TimeProvider time)
{
    /// <summary>How often something is tried.</summary>
    public int AttemptsMax { get; init; } = 6;

    /// <summary>The first pause, at most; doubled each time.</summary>
    public TimeSpan PauseMin { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Runs <paramref name="attempt"/> until it succeeds.</summary>
    /// <exception cref="ForgeException">The last attempt's; or what won't pass.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> attempt, CancellationToken cancellation)
    {
        var pause = PauseMin;

        for (var made = 1; ; made++)
        {
            try
            {
                return await attempt();
            }
            catch (ForgeException failure) when (failure.MayPass && made < AttemptsMax)
            {
                // Anything from half of it on, so that those who met once don't meet again.
                await Task.Delay(pause * (0.5 + (Random.Shared.NextDouble() / 2)), time, cancellation);
                pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
            }
        }
    }
}
