using EventLedger.Contracts.Envelopes;
using EventLedger.Proxy.Spool;

namespace EventLedger.Proxy.Tests.Rig;

/// <summary>Reads what a spool holds.</summary>
internal static class SpoolFiles
{
    /// <summary>All records that are there.</summary>
    public static IEnumerable<SpoolRecord> ReadAll(SegmentReader reader)
    {
        while (reader.TryRead() is { } record)
        {
            yield return record;
        }
    }

    /// <summary>The envelope of a record, as a ledger reads it.</summary>
    public static UsageEnvelope EnvelopeOf(SpoolRecord record)
    {
        EnvelopeReader.TryRead(record.Body.Span, out var envelope, out var problem).ShouldBeTrue(problem.ToString());
        return envelope;
    }
}
