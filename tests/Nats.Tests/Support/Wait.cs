namespace EventLedger.Nats.Tests;

/// <summary>Waits for what must become true.</summary>
internal static class Wait
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Limit);

        while (!await condition())
        {
            await Task.Delay(5, limit.Token);
        }
    }
}
