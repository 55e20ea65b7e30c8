using EventLedger.NodeBilling.Otoml;

namespace EventLedger.NodeBilling.Pushing;

/// <summary>
/// One hour's files as they grow. Pure: a record that is there stays in its file, one that isn't goes into the last
/// file that has room, so that the same records always end in the same files.
/// </summary>
public sealed class HourMerge
{
    /// <summary>The most records of one file; less than what a reader takes.</summary>
    public const int RecordsMax = 20_000;

    /// <summary>The most bytes of one file; less than what a reader takes.</summary>
    public const int BytesMax = 8 * 1024 * 1024;

    private readonly List<Part> parts = [];
    private readonly Dictionary<(string NodeId, string Key), (Part Part, NodeUsageRecord Record)> places = [];

    /// <summary>Begins with what the hour's files hold, in their order.</summary>
    public HourMerge(IEnumerable<IEnumerable<NodeUsageRecord>> files)
    {
        foreach (var file in files)
        {
            var part = new Part();
            parts.Add(part);

            foreach (var record in file)
            {
                Place(part, record);
            }
        }
    }

    /// <summary>How many records of the files said something else than the node's ledger, which counts.</summary>
    public int Corrected { get; private set; }

    /// <summary>The bytes of each file.</summary>
    public IEnumerable<byte[]> Files => parts.Select(part => UsageBatchWriter.Write(part.Records.Values));

    /// <summary>Adds a record of the node's ledger, unless it is there.</summary>
    public void Add(NodeUsageRecord record)
    {
        var key = (record.NodeId, record.IdempotencyKey);

        if (!places.TryGetValue(key, out var place))
        {
            Place(PartFor(record), record);
        }
        else if (place.Record != record)
        {
            Corrected++;
            place.Part.Records[key] = record;
            place.Part.Bytes += SizeOf(record) - SizeOf(place.Record);
            places[key] = (place.Part, record);
        }
    }

    private static int SizeOf(NodeUsageRecord record) => UsageBatchWriter.Write([record]).Length;

    private Part PartFor(NodeUsageRecord record)
    {
        if (parts.Count == 0 || !parts[^1].HasRoomFor(SizeOf(record)))
        {
            parts.Add(new Part());
        }

        return parts[^1];
    }

    private void Place(Part part, NodeUsageRecord record)
    {
        var key = (record.NodeId, record.IdempotencyKey);

        // Somebody may have put it into the files twice: the first one is kept.
        if (places.TryAdd(key, (part, record)))
        {
            part.Records.Add(key, record);
            part.Bytes += SizeOf(record);
        }
    }

    private sealed class Part
    {
        public Dictionary<(string NodeId, string Key), NodeUsageRecord> Records { get; } = [];

        public int Bytes { get; set; }

        public bool HasRoomFor(int bytes) => Records.Count < RecordsMax && Bytes <= BytesMax - bytes;
    }
}
