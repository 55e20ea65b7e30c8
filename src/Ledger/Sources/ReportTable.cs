using EventLedger.Contracts.Reports;
using Npgsql;

namespace EventLedger.Ledger.Sources;

/// <summary>What producers say of their hours.</summary>
internal static class ReportTable
{
    // A producer whose machine lost power may remember less than it has said. What it holds goes up and down.
    private const string KeepSql = """
        insert into source_reports as r (source, spool, hour, observed, published, spooled, refused, lost)
        select $1, $2, figures.*
        from unnest($3, $4, $5, $6, $7, $8) as figures (hour, observed, published, spooled, refused, lost)
        order by hour
        on conflict (source, hour, spool) do update set
            observed = greatest(r.observed, excluded.observed), published = greatest(r.published, excluded.published),
            spooled = excluded.spooled, refused = greatest(r.refused, excluded.refused),
            lost = greatest(r.lost, excluded.lost), changed_at = now()
        where excluded.observed > r.observed or excluded.published > r.published or excluded.spooled <> r.spooled
            or excluded.refused > r.refused or excluded.lost > r.lost
        """;

    /// <summary>Keeps a report; what is known already changes nothing.</summary>
    public static async Task KeepAsync(NpgsqlDataSource database, HourReport report, CancellationToken cancellation)
    {
        var hours = report.Hours.ToArray();
        await using var command = database.CreateCommand(KeepSql);
        command.Parameters.Add(new() { Value = report.Source });
        command.Parameters.Add(new() { Value = report.Spool });
        command.Parameters.Add(new() { Value = Array.ConvertAll(hours, figures => figures.Hour.ToUniversalTime()) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(hours, figures => figures.Observed) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(hours, figures => figures.Published) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(hours, figures => figures.Spooled) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(hours, figures => figures.Refused) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(hours, figures => figures.Lost) });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
