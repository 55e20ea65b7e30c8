using System.Globalization;
using System.Text.Json;
using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Copying;

namespace EventLedger.EventStore.Verifying;

/// <summary>The events between two positions, as the checks read them.</summary>
internal static class EventRows
{
    /// <summary>Fields of <see cref="Query"/>.</summary>
    public const int Fields = 9;

    private const int Position = 0;
    private const int Version = 1;
    private const int Time = 2;
    private const int Id = 3;
    private const int HasDefaults = 4;
    private const int Stream = 5;
    private const int Type = 6;
    private const int Fingerprint = 7;
    private const int Data = 8;

    private const string Columns = """
        e.seq_id, e.version, e.timestamp, e.id,
        coalesce(e.tenant_id = '*DEFAULT*' and not e.is_archived
            and num_nulls(e.bdata, e.correlation_id, e.causation_id, e.headers) = 4, false),
        e.stream_id, e.type, e.data ->> 'fingerprint', e.data
        """;

    /// <summary>The events between two positions, both included. COPY takes no parameters.</summary>
    public static string Query(long first, long last) =>
        $"select {Columns} from mt_events e where e.seq_id between {first} and {last} order by e.seq_id";

    /// <summary>The same, each with what <c>event_ids</c> has under its id behind its own fields.</summary>
    public static string QueryWithIds(long first, long last) => $"""
        select {Columns}, i.position, i.fingerprint, i.digest
        from mt_events e left join event_ids i on i.id = e.id
        where e.seq_id between {first} and {last} order by e.seq_id
        """;

    extension(CopyRows row)
    {
        /// <summary>Its position.</summary>
        public long EventPosition => row.Int64(Position);

        /// <summary>Its place on its stream.</summary>
        public long EventVersion => row.Int64(Version);

        /// <summary>Its time, as blocks have it.</summary>
        public long EventTimeUs => PostgresTime.ToUnix(row.Int64(Time));

        /// <summary>Its id.</summary>
        public Guid EventId => row.Guid(Id);

        /// <summary>Whether the columns that nobody writes are as they must be.</summary>
        public bool EventHasDefaults => row.Boolean(HasDefaults);

        /// <summary>Its stream.</summary>
        public ReadOnlySpan<byte> EventStream => row.Bytes(Stream);

        /// <summary>Its stored name.</summary>
        public ReadOnlySpan<byte> EventType => row.Bytes(Type);

        /// <summary>Its data, as the database writes it.</summary>
        public ReadOnlySpan<byte> EventData => row.Json(Data);

        /// <summary>Its fingerprint, 0 where it has none; null if it isn't hexadecimal.</summary>
        public long? EventFingerprint => row.IsNull(Fingerprint) ? 0
            : long.TryParse(row.Bytes(Fingerprint), NumberStyles.AllowHexSpecifier, null, out var number) ? number
            : null;

        /// <summary>Gives the canonical form of its data; says why if there is none.</summary>
        public string? CanonicalData(CanonicalJsonWriter json, out byte[] data)
        {
            try
            {
                data = json.Write(row.EventData).ToArray();
                return null;
            }
            catch (Exception wrong) when (wrong is FormatException or JsonException)
            {
                data = [];
                return wrong.Message;
            }
        }

        /// <summary>Writes its leaf hash; says why if its data has none.</summary>
        public string? HashEvent(CanonicalJsonWriter json, Span<byte> leaf)
        {
            try
            {
                var data = json.Write(row.EventData);
                LeafHash.Compute(row.EventStream, row.EventVersion, row.EventId, row.EventType, data, leaf);
                return null;
            }
            catch (Exception wrong) when (wrong is FormatException or JsonException)
            {
                return wrong.Message;
            }
        }
    }
}
