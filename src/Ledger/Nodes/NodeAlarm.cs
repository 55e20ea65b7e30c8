using Npgsql;

namespace EventLedger.Ledger.Nodes;

/// <summary>Something about a file of the repository that somebody has to look at. It is kept, once.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Place">The repository and the file.</param>
/// <param name="Detail">What is wrong, with the line where there is one.</param>
internal sealed record NodeAlarm(string Kind, string Place, string Detail)
{
    private const string AddSql = """
        insert into node_alarms (kind, place, detail) select * from unnest($1, $2, $3) on conflict do nothing
        """;

    /// <summary>A record that was booked says something else now.</summary>
    public static NodeAlarm Changed(string place, string detail) => Make("changed", place, detail);

    /// <summary>A record that was booked isn't there any more.</summary>
    public static NodeAlarm Vanished(string place, string detail) => Make("vanished", place, detail);

    /// <summary>A file, or a record, that can't be booked.</summary>
    public static NodeAlarm Refused(string place, string detail) => Make("refused", place, detail);

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Place}: {Detail}";

    /// <summary>Keeps alarms.</summary>
    public static async Task AddAsync(
        IReadOnlyCollection<NodeAlarm> alarms, NpgsqlDataSource database, CancellationToken cancellation)
    {
        if (alarms.Count == 0)
        {
            return;
        }

        await using var command = database.CreateCommand(AddSql);
        command.Parameters.Add(new() { Value = alarms.Select(alarm => alarm.Kind).ToArray() });
        command.Parameters.Add(new() { Value = alarms.Select(alarm => alarm.Place).ToArray() });
        command.Parameters.Add(new() { Value = alarms.Select(alarm => alarm.Detail).ToArray() });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    // Names in a repository are anybody's choice: the database can't keep all of them, nor a terminal show them.
    private static NodeAlarm Make(string kind, string place, string detail) => new(kind, Clean(place), Clean(detail));

    private static string Clean(string text) =>
        string.Concat(text.Select(character => char.IsControl(character) ? '\uFFFD' : character));
}
