using System.Security.Cryptography;
using System.Text.Json;
using EventLedger.EventStore.Appending;

namespace EventLedger.EventStore.Bench;

/// <summary>Events as intake makes them, made before the clock runs.</summary>
internal static class BenchEvents
{
    public const string Type = "usage_recorded";
    public const string DotnetType = "EventLedger.Accounts.UsageRecorded, EventLedger.Accounts";

    public static NewEvent Make(long n, int customers) => new(
        Customer(n, customers), IdOf(n), n, Type, DotnetType, DataOf(n));

    /// <summary>Batches for each lane. A lane owns its customers.</summary>
    public static NewEvent[][][] Lanes(long first, int count, int customers, int lanes, int batchSize) =>
    [
        .. Enumerable.Range(0, lanes).Select(lane => Enumerable.Range(0, count).Select(i => first + i)
            .Where(n => n % customers % lanes == lane).Select(n => Make(n, customers)).Chunk(batchSize).ToArray()),
    ];

    private static string Customer(long n, int customers) => $"customer-{n % customers:000000}";

    // Spread like hashes, which is what real ids are.
    private static Guid IdOf(long n) => new(MD5.HashData(BitConverter.GetBytes(n)));

    // In the order of keys in which the codec writes them.
    private static byte[] DataOf(long n) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        amount = -2340 - n % 100,
        asset = "OMR/6",
        completed_at = "2026-11-21T17:00:00Z",
        fingerprint = n.ToString("x16"),
        latency_ms = 423,
        model = "qwen3-coder",
        observation_id = $"01JD8Q4Y6Z-{n}",
        reason = "usage:newapi:qwen3-coder",
        request_id = $"req-{n}",
        sequence = n,
        source = "gateway-1",
        tenant_id = "tenant-acme",
        tokens_used = 15,
    });
}
