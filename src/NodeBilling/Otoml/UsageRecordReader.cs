using System.Diagnostics.CodeAnalysis;

namespace EventLedger.NodeBilling.Otoml;

/// <summary>
/// Makes a record of a table. Checks run in one order: whether each field is there and of its type, by the fields'
/// alphabetical order, and then <see cref="RecordRules"/>.
/// </summary>
internal sealed class UsageRecordReader
{
    private readonly OtomlTable table;
    private OtomlProblem? firstProblem;

    private UsageRecordReader(OtomlTable table) => this.table = table;

    /// <summary>False with the first problem found; the record can be booked otherwise.</summary>
    public static bool TryRead(
        OtomlValue value, [NotNullWhen(true)] out NodeUsageRecord? record, out OtomlProblem problem)
    {
        record = null;

        if (value is not OtomlTable table)
        {
            problem = new OtomlProblem(value.Place, $"a record is a table, not {value.Kind}");
            return false;
        }

        var reader = new UsageRecordReader(table);
        var found = reader.Read();
        problem = reader.firstProblem.GetValueOrDefault();
        record = reader.firstProblem is null ? found : null;
        return record is not null;
    }

    private NodeUsageRecord Read()
    {
        var record = new NodeUsageRecord
        {
            AmountCents = Required<OtomlInteger>(RecordFields.AmountCents, "a whole number")?.Number ?? 0,
            CreatedAt = Instant(RecordFields.CreatedAt),
            Description = Optional<OtomlString>(RecordFields.Description, "a string")?.Text ?? "",
            EventId = Id(RecordFields.EventId),
            IdempotencyKey = Text(RecordFields.IdempotencyKey),
            NodeId = Text(RecordFields.NodeId),
            Position = Optional<OtomlInteger>(RecordFields.Position, "a whole number")?.Number,
            ResourceKind = Text(RecordFields.ResourceKind),
            UserSid = Text(RecordFields.UserSid),
        };

        if (firstProblem is null && RecordRules.ProblemOf(record) is { } problem)
        {
            Refuse(table.Find(problem.Field)!, problem.ToString());
        }

        return record;
    }

    private string Text(string field) => Required<OtomlString>(field, "a string")?.Text ?? "";

    // Other producers write the time as TOML's own; ours is a string.
    private DateTimeOffset Instant(string field)
    {
        var value = Required<OtomlValue>(field, "a time");
        var instant = value switch
        {
            OtomlTime time => time.Instant,
            OtomlString text when OtomlTimes.TryParse(text.Text, out var parsed) => parsed,
            _ => null,
        };

        if (value is not null && instant is null)
        {
            Refuse(value, $"{field} is not a time with its offset, such as 2026-11-21T17:03:11Z");
        }

        return instant.GetValueOrDefault();
    }

    private Guid? Id(string field)
    {
        if (Optional<OtomlString>(field, "a string") is not { } text)
        {
            return null;
        }

        if (!Guid.TryParseExact(text.Text, "D", out var id))
        {
            Refuse(text, $"{field} is {BasicString.Excerpt(text.Text)}; it is a UUID");
        }

        return id;
    }

    private T? Required<T>(string field, string kind)
        where T : OtomlValue
    {
        if (table.Find(field) is null)
        {
            Refuse(table, $"{field} is missing");
        }

        return Optional<T>(field, kind);
    }

    private T? Optional<T>(string field, string kind)
        where T : OtomlValue
    {
        var value = table.Find(field);

        if (value is not (null or T))
        {
            Refuse(value, $"{field} is {value.Kind}; it is {kind}");
        }

        return value as T;
    }

    private void Refuse(OtomlValue at, string message) => firstProblem ??= new OtomlProblem(at.Place, message);
}
