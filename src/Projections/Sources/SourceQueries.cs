using Npgsql;

namespace EventLedger.Projections.Sources;

/// <summary>Reads what <see cref="SourceRollup"/> has found.</summary>
/// <param name="database">The ledger's database.</param>
public sealed class SourceQueries(NpgsqlDataSource database)
{
    /// <summary>Epochs that are read at most, those last heard of first.</summary>
    public const int SparseMax = 1000;

    private const string SparseSql = """
        select source, epoch, last_at from source_sequences where is_sparse
        order by last_at desc, source, epoch limit $1
        """;

    /// <summary>The epochs whose gaps are no longer looked for.</summary>
    public async Task<List<SparseSource>> ReadSparseAsync(CancellationToken cancellation)
    {
        var found = new List<SparseSource>();
        await using var command = database.CreateCommand(SparseSql);
        command.Parameters.Add(new() { Value = SparseMax });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            found.Add(new(reader.GetString(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2)));
        }

        return found;
    }
}
