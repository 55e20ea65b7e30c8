using EventLedger.Ledger.Settings;
using EventLedger.Nats;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Ledger.Status;

/// <summary>A short stay at the broker, of a verb that asks it something.</summary>
internal static class BrokerVisit
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>What <paramref name="ask"/> finds out; null where the broker doesn't answer in five seconds.</summary>
    /// <exception cref="SettingException">The URL can't be read.</exception>
    public static async Task<T?> AskAsync<T>(
        string url, TimeProvider time, Func<NatsConnection, CancellationToken, Task<T>> ask,
        CancellationToken cancellation)
        where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        await using var connection = Connect(url, time);

        try
        {
            await connection.WaitConnectedAsync(limit.Token);
            return await ask(connection, limit.Token);
        }
        catch (Exception failure) when (failure is NatsException
            || (limit.IsCancellationRequested && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    private static NatsConnection Connect(string url, TimeProvider time)
    {
        try
        {
            return NatsConnection.Start(
                new NatsOptions { Url = url, Name = "ledger verb" }, NullLoggerFactory.Instance, time);
        }
        catch (ArgumentException)
        {
            throw new SettingException("NATS_URL", "can't be read", "nats://host:port");
        }
    }
}
