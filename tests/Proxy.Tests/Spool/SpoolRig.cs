using System.Buffers;
using System.Text;
using EventLedger.Contracts.Envelopes;
using EventLedger.Proxy.Spool;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Proxy.Tests.Spool;

/// <summary>Spools on folders of a test's own.</summary>
internal static class SpoolRig
{
    /// <summary>Options for a new folder.</summary>
    public static SpoolOptions Options() => new()
    {
        Folder = TestFolder.Make("spool"),
        Source = "gw-1",
        WriteWaitMax = TimeSpan.FromSeconds(30),
        FlushInterval = TimeSpan.FromMilliseconds(5),
    };

    /// <summary>
    /// Opens a spool, as a start of the proxy does. Its folder isn't opened while somebody holds
    /// <paramref name="whole"/>.
    /// </summary>
    public static UsageSpool Open(SpoolOptions options, Lock? whole = null)
    {
        var counters = new SpoolCounters();
        whole ??= new();
        return new(
            options,
            begun =>
            {
                lock (whole)
                {
                    return SpoolStore.Open(options, begun, counters, NullLogger<SpoolStore>.Instance);
                }
            },
            counters,
            TimeProvider.System,
            NullLogger<UsageSpool>.Instance);
    }

    /// <summary>Adds envelopes with request ids <c>r1</c>, <c>r2</c>, …</summary>
    public static async Task AddAsync(UsageSpool spool, int count, int from = 1)
    {
        for (var n = from; n < from + count; n++)
        {
            await AddOneAsync(spool, n);
        }
    }

    /// <summary>Adds the envelope with the request id <c>rn</c>.</summary>
    public static ValueTask AddOneAsync(UsageSpool spool, int n) =>
        spool.Add(Envelope(n))?.WrittenAsync() ?? ValueTask.CompletedTask;

    /// <summary>The envelopes on disk that haven't been published.</summary>
    public static IReadOnlyList<UsageEnvelope> Read(UsageSpool spool)
    {
        using var reader = spool.Store!.ReadUnpublished();
        return [.. Rig.SpoolFiles.ReadAll(reader).Select(Rig.SpoolFiles.EnvelopeOf)];
    }

    /// <summary>The request ids of the envelopes on disk.</summary>
    public static IEnumerable<string> ReadRequests(UsageSpool spool) => Read(spool).Select(found => found.RequestId);

    /// <summary>Bytes of a segment with so many records, and where each ends.</summary>
    public static (byte[] Bytes, int[] Ends) Segment(int count)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var ends = new int[count];

        for (var n = 0; n < count; n++)
        {
            var trace = n % 2 == 0 ? null : "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
            RecordFrame.Write(new(n + 1, Guid.NewGuid(), Encoding.UTF8.GetBytes($"{{\"n\":{n}}}"), trace), bytes);
            ends[n] = bytes.WrittenCount;
        }

        return (bytes.WrittenSpan.ToArray(), ends);
    }

    /// <summary>The envelope with the request id <c>rn</c>.</summary>
    public static UsageEnvelope Envelope(int n) => new()
    {
        CustomerId = "c",
        AmountMicroOmr = -1,
        Reason = "usage:newapi:m",
        RequestId = $"r{n}",
        ObservationId = Guid.CreateVersion7().ToString("D"),
    };
}
