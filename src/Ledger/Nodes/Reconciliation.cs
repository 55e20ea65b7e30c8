using System.Runtime.CompilerServices;
using Npgsql;

namespace EventLedger.Ledger.Nodes;

/// <summary>A node's record that only one of the two rails has carried.</summary>
/// <param name="Rail">That rail.</param>
/// <param name="NodeId">The node.</param>
/// <param name="IdempotencyKey">The node's own key.</param>
/// <param name="CustomerId">Who was charged.</param>
/// <param name="Amount">The amount, in the asset's smallest unit.</param>
/// <param name="Asset">The asset.</param>
/// <param name="Position">Where it was booked.</param>
internal sealed record OneSided(
    string Rail, string NodeId, string IdempotencyKey, string CustomerId, long Amount, string Asset, long Position);

/// <summary>Compares what came in envelopes with what came through the forge.</summary>
/// <param name="database">The ledger's database.</param>
internal sealed class Reconciliation(NpgsqlDataSource database)
{
    // Sightings are looked up for the records of nodes alone, which offset 0 sees to.
    private const string ReadSql = """
        select seen.rail, data ->> 'node_id', data ->> 'idempotency_key', stream_id, (data ->> 'amount')::bigint,
            data ->> 'asset', seq_id
        from (select seq_id, id, stream_id, data from mt_events
            where seq_id > position_before($1) and seq_id <= position_before($2)
                and type = 'usage_recorded' and data ? 'node_id' offset 0) as usage
        cross join lateral (select min(rail) as rail, count(*) as rails from node_sightings
            where event_id = usage.id and rail in ($3, $4)) as seen
        where seen.rails = 1 order by seq_id
        """;

    /// <summary>The records booked from one time to another that only one rail has carried.</summary>
    public async IAsyncEnumerable<OneSided> ReadAsync(
        DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand(ReadSql);
        command.CommandTimeout = 0;
        command.Parameters.Add(new() { Value = from.ToUniversalTime() });
        command.Parameters.Add(new() { Value = to.ToUniversalTime() });
        command.Parameters.Add(new() { Value = Rail.Envelope.Name });
        command.Parameters.Add(new() { Value = Rail.Forge("").Name });
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            yield return new(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3),
                reader.GetInt64(4), reader.GetString(5), reader.GetInt64(6));
        }
    }
}
