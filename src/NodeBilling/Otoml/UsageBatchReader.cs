namespace EventLedger.NodeBilling.Otoml;

/// <summary>Reads a batch from a file that anybody with access to the repository may have written.</summary>
public static class UsageBatchReader
{
    /// <summary>The records of a file, with or without its marker. Keys that no record has are passed over.</summary>
    /// <exception cref="OtomlException">It is no such file, or past one of <see cref="OtomlLimits"/>.</exception>
    public static UsageBatch Read(ReadOnlySpan<byte> utf8)
    {
        var records = new List<PlacedRecord>();
        var refused = new List<OtomlProblem>();

        foreach (var item in RecordsOf(OtomlParser.Parse(utf8)))
        {
            if (UsageRecordReader.TryRead(item, out var record, out var problem))
            {
                records.Add(new PlacedRecord(record, item.Place));
            }
            else
            {
                refused.Add(problem);
            }
        }

        return new UsageBatch(records, refused);
    }

    // A file without the key isn't an empty batch: it may be cut off, or something else.
    private static List<OtomlValue> RecordsOf(OtomlTable file) => file.Find(UsageBatch.Key) switch
    {
        null => throw new OtomlException(OtomlPlace.Start, $"the file has no {UsageBatch.Key}"),
        OtomlArray { Items.Count: > OtomlLimits.RecordsMax } array => throw new OtomlException(
            array.Items[OtomlLimits.RecordsMax].Place, $"a file has at most {OtomlLimits.RecordsMax} records"),
        OtomlArray array => array.Items,
        var other => throw new OtomlException(
            other.Place, $"{UsageBatch.Key} is {other.Kind}; it is an array of tables"),
    };
}
