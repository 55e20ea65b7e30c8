using EventLedger.Accounts;
using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Booking;
using EventLedger.NodeBilling.Otoml;
using Npgsql;

namespace EventLedger.Ledger.Nodes;

/// <summary>
/// Books the records of one file, each once however often the file changes, and compares those that were booked from
/// it before with what it says now.
/// </summary>
internal sealed class FilePull(NpgsqlDataSource database, RecordBooking booking, NodeRecords records)
{
    /// <summary>Books what the file has.</summary>
    /// <param name="node">The node's folder.</param>
    /// <param name="place">The repository and the file.</param>
    /// <param name="content">The file's bytes.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="NpgsqlException">The database can't be reached; doing it again is safe.</exception>
    public async Task<NodeReport> BookAsync(
        string node, string place, byte[] content, CancellationToken cancellation)
    {
        UsageBatch batch;

        try
        {
            batch = UsageBatchReader.Read(content);
        }
        catch (OtomlException broken)
        {
            return NodeReport.Of(node, NodeAlarm.Refused(place, broken.Message)) with { Files = 1 };
        }

        var before = await SightingTable.ReadPlaceAsync(database, place, cancellation);
        var findings = new List<Task<Finding>>(batch.Records.Count);

        foreach (var placed in batch.Records)
        {
            var record = records.ToEnvelope(placed.Record, placed.Record.CreatedAt);
            findings.Add(before.Remove(UsageDecider.FirstId(record), out var booked)
                ? Task.FromResult(Compare(record, booked, place, placed.Place))
                : BookAsync(record, place, placed.Place, cancellation));
        }

        var found = await Task.WhenAll(findings);
        NodeAlarm[] alarms =
        [
            .. batch.Refused.Select(refused => NodeAlarm.Refused(place, refused.ToString())),
            .. found.Select(finding => finding.Alarm).OfType<NodeAlarm>(),
            .. before.Keys.Select(eventId => Vanished(place, eventId)),
        ];

        return new(
            node, Files: 1, batch.Records.Count + batch.Refused.Count, found.Count(finding => finding.IsNew),
            found.Count(finding => finding is { IsNew: false, Alarm: null }), alarms);
    }

    /// <summary>The alarms for a file that isn't there any more, one for each record that was booked from it.</summary>
    public async Task<NodeReport> MissAsync(string node, string place, CancellationToken cancellation)
    {
        var before = await SightingTable.ReadPlaceAsync(database, place, cancellation);
        return NodeReport.Of(node, [.. before.Keys.Select(eventId => Vanished(place, eventId))]);
    }

    private static NodeAlarm Vanished(string place, Guid eventId) =>
        NodeAlarm.Vanished(place, $"the record that was booked as {eventId} is gone");

    private static Finding Compare(UsageEnvelope record, long content, string place, OtomlPlace at) =>
        Fingerprint.OfRecordContent(record).Value == content
            ? new(IsNew: false, Alarm: null)
            : new(IsNew: false, Changed(record, place, at));

    private async Task<Finding> BookAsync(
        UsageEnvelope record, string place, OtomlPlace at, CancellationToken cancellation) =>
        await booking.BookAsync(record, Rail.Forge(place), cancellation) switch
        {
            BookingOutcome.Booked => new(IsNew: true, Alarm: null),
            BookingOutcome.Repeated => new(IsNew: false, Alarm: null),
            BookingOutcome.Conflicting => new(IsNew: false, Changed(record, place, at)),
            BookingOutcome.Refused refused => new(IsNew: false, NodeAlarm.Refused(place, $"{at}: {refused.Reason}")),
            _ => throw new NpgsqlException("the database can't be reached"),
        };

    private static NodeAlarm Changed(UsageEnvelope record, string place, OtomlPlace at) => NodeAlarm.Changed(
        place, $"{at}: key {record.IdempotencyKey} of node {record.NodeId} was booked with other content");

    private readonly record struct Finding(bool IsNew, NodeAlarm? Alarm);
}
