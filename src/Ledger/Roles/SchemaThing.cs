namespace EventLedger.Ledger.Roles;

/// <summary>
/// A thing of the schema, and what those may do with it who don't own it. A migration that makes another one comes with
/// a line here: nobody gets any right by default.
/// </summary>
/// <param name="Name">As <c>grant</c> names it.</param>
/// <param name="WriterMay">What the writer may, with blanks between.</param>
/// <param name="ReaderMay">What the reader may.</param>
internal sealed record SchemaThing(string Name, string WriterMay, string ReaderMay)
{
    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<SchemaThing> All =
    [
        // History: it is added to, and by no role but the owner changed.
        Table("mt_events", "insert"),
        Table("event_ids", "insert"),
        Table("blocks", "insert"),
        Table("dead_letters", "insert"),
        Table("dead_letter_settlements", "insert"),
        Table("node_alarms", "insert"),
        Table("verifications", "insert"),
        Table("schema_migrations", ""),

        // Where it goes on.
        Table("mt_streams", "insert update"),
        Table("head", "update"),
        Table("mt_event_progression", "insert update delete"),
        Sequence("mt_events_sequence"),
        Sequence("append_tickets"),
        Sequence("block_clock"),
        new("function create_event_partition(bigint)", "execute", ""),

        // What follows from it, and can be made anew.
        Table("accounts", "insert update"),
        Table("balances", "insert update delete"),
        Table("statement_totals", "insert update delete"),
        Table("source_sequences", "insert update"),
        Table("source_gaps", "insert delete"),
        Table("source_hours", "insert update"),
        Table("source_repeats", "insert delete"),
        Table("source_reports", "insert update"),
        Table("entries", ""),
        Table("dead_letter_fates", ""),

        // Work that is under way.
        Table("waiting", "insert update delete"),
        Table("node_sightings", "insert update"),
        Table("forge_objects", "insert update delete"),
        Table("rebuilds", "insert update delete"),
        Table("rebuilt_slices", "insert delete"),
        Table("balances_by_sql", "insert truncate"),
        Table("balances_by_fold", "insert truncate"),
        Table("balances_differences", "insert truncate"),
        Table("statements_by_sql", "insert truncate"),
        Table("statements_by_fold", "insert truncate"),
        Table("statements_differences", "insert truncate"),
    ];

    private static SchemaThing Table(string name, string writerMayBesides) =>
        new($"table {name}", $"select {writerMayBesides}", "select");

    // Drawing one number is usage, drawing many at once is an update.
    private static SchemaThing Sequence(string name) => new($"sequence {name}", "select usage update", "select");
}
