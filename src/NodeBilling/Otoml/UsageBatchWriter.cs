using System.Globalization;
using System.Text;

namespace EventLedger.NodeBilling.Otoml;

/// <summary>
/// Writes a batch in the one text that its records have, in whatever order they come: a repeated push then makes the
/// same file. Records are ordered by position, so that a late one is added at the end.
/// </summary>
public static class UsageBatchWriter
{
    /// <summary>The bytes of the file.</summary>
    /// <exception cref="ArgumentException">
    /// A record breaks one of <see cref="RecordRules"/>, or the file is past one of <see cref="OtomlLimits"/>: nobody
    /// could read it back.
    /// </exception>
    public static byte[] Write(IEnumerable<NodeUsageRecord> records)
    {
        var tables = records
            .Select(record => (record.Position, Us: Microseconds(record), Text: TableOf(record)))
            .OrderBy(table => table.Position)
            .ThenBy(table => table.Us)
            .ThenBy(table => table.Text, StringComparer.Ordinal)
            .Select(table => table.Text)
            .ToList();

        Demand(tables.Count, OtomlLimits.RecordsMax, "records");
        var body = tables.Count == 0 ? $"{UsageBatch.Key} = []\n" : string.Join('\n', tables);
        var file = Encoding.UTF8.GetBytes($"{OtomlParser.Marker}\n{body}");
        Demand(file.Length, OtomlLimits.BytesMax, "bytes");
        return file;
    }

    // What a file doesn't keep may not order it: read and written again, it is the same.
    private static long Microseconds(NodeUsageRecord record) =>
        record.CreatedAt.UtcTicks / TimeSpan.TicksPerMicrosecond;

    private static string TableOf(NodeUsageRecord record)
    {
        if (RecordRules.ProblemOf(record) is { } problem)
        {
            throw new ArgumentException($"The record can't be written: {problem}.", nameof(record));
        }

        return new StringBuilder($"[[{UsageBatch.Key}]]\n")
            .AppendNumber(RecordFields.AmountCents, record.AmountCents)
            .AppendText(RecordFields.CreatedAt, TextOf(record.CreatedAt))
            .AppendText(RecordFields.Description, record.Description)
            .AppendText(RecordFields.EventId, record.EventId?.ToString("D"))
            .AppendText(RecordFields.IdempotencyKey, record.IdempotencyKey)
            .AppendText(RecordFields.NodeId, record.NodeId)
            .AppendNumber(RecordFields.Position, record.Position)
            .AppendText(RecordFields.ResourceKind, record.ResourceKind)
            .AppendText(RecordFields.UserSid, record.UserSid)
            .ToString();
    }

    // A time that is the same instant is the same text, whatever its offset and its digits past microseconds.
    private static string TextOf(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    private static StringBuilder AppendNumber(this StringBuilder table, string key, long? number) =>
        number is null ? table : table.Append($"{key} = {number}\n");

    private static StringBuilder AppendText(this StringBuilder table, string key, string? text) =>
        text is null ? table : table.Append($"{key} = ").AppendBasicString(text).Append('\n');

    private static void Demand(int count, int max, string what)
    {
        if (count > max)
        {
            throw new ArgumentException($"The batch has {count} {what}; a file has at most {max}.", nameof(count));
        }
    }
}
