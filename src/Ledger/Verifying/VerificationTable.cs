using Npgsql;

namespace EventLedger.Ledger.Verifying;

/// <summary>What came of the last check of the whole ledger.</summary>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Position">The highest position that it saw.</param>
/// <param name="Finding">The first thing that is wrong; null if nothing is.</param>
internal sealed record Verification(DateTimeOffset FinishedAt, long Position, string? Finding);

/// <summary>Keeps what came of checks, so that others than who ran them see it.</summary>
internal static class VerificationTable
{
    private const string KeepSql = "insert into verifications (position, finding) values ($1, $2)";

    private const string LastSql =
        "select finished_at, position, finding from verifications order by id desc limit 1";

    /// <summary>Keeps a result.</summary>
    public static async Task KeepAsync(NpgsqlDataSource database, CheckResult result, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(KeepSql);
        command.Parameters.Add(new() { Value = result.Chain.HeadPosition });
        command.Parameters.Add(new() { Value = (object?)result.Wrong ?? DBNull.Value });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The last one; null where the ledger was never checked.</summary>
    public static async Task<Verification?> FindLastAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(LastSql);
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        return await reader.ReadAsync(cancellation)
            ? new(
                reader.GetFieldValue<DateTimeOffset>(0), reader.GetInt64(1),
                reader.IsDBNull(2) ? null : reader.GetString(2))
            : null;
    }
}
