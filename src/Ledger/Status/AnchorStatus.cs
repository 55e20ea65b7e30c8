using EventLedger.EventStore.Proofs;
using Npgsql;

namespace EventLedger.Ledger.Status;

/// <summary>How the newest of the anchors that somebody kept compares with the ledger.</summary>
internal static class AnchorStatus
{
    private const string HashSql = "select hash from blocks where number = $1";

    /// <summary>What there is to say of it; null for no file of anchors.</summary>
    public static async Task<StatusLine> DescribeAsync(
        NpgsqlDataSource database, Anchor? newest, CancellationToken cancellation)
    {
        if (newest is null)
        {
            return StatusLine.Unknown("anchor", "anchors are kept elsewhere; --anchor FILE looks at them");
        }

        await using var command = database.CreateCommand(HashSql);
        command.Parameters.Add(new() { Value = newest.Block });

        return await command.ExecuteScalarAsync(cancellation) is byte[] hash && hash.AsSpan().SequenceEqual(newest.Hash)
            ? StatusLine.Of("anchor", newest.Position, $"block {newest.Block}")
            : StatusLine.Of(
                "anchor", newest.Position, $"block {newest.Block} isn't what was anchored: ledger verify --anchor",
                isWrong: true);
    }
}
