using System.Runtime.CompilerServices;

namespace EventLedger.Testing;

/// <summary>Waits for a condition, with a bound: the only place where a test lets time pass.</summary>
public static class Eventually
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until the condition holds; fails with its text when it does not within the limit.</summary>
    public static Task HoldsAsync(
        Func<bool> condition,
        TimeSpan? within = null,
        [CallerArgumentExpression(nameof(condition))] string text = "") =>
        HoldsAsync(() => Task.FromResult(condition()), within, text);

    /// <summary>Waits until the condition holds; fails with its text when it does not within the limit.</summary>
    public static Task HoldsAsync(
        Func<Task<bool>> condition,
        TimeSpan? within = null,
        [CallerArgumentExpression(nameof(condition))] string text = "") =>
        BecomesAsync(condition, holds => holds, within, text);

    /// <summary>Waits until the value is as expected and returns it; fails with the last one otherwise.</summary>
    public static async Task<T> BecomesAsync<T>(
        Func<Task<T>> read,
        Func<T, bool> expected,
        TimeSpan? within = null,
        [CallerArgumentExpression(nameof(read))] string text = "")
    {
        var limit = within ?? DefaultLimit;
        var started = TimeProvider.System.GetTimestamp();

        while (true)
        {
            var value = await read();

            if (expected(value))
            {
                return value;
            }

            if (TimeProvider.System.GetElapsedTime(started) > limit)
            {
                throw new TimeoutException($"Not within {limit.TotalSeconds} s: {text} (last: {value})");
            }

            await Task.Delay(Interval);
        }
    }
}
