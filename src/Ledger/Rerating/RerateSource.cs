using System.Data;
using System.Runtime.CompilerServices;
using EventLedger.Contracts.Pricing;
using Npgsql;

namespace EventLedger.Ledger.Rerating;

/// <summary>
/// The charges of one snapshot, by customer and model. While it is open no other one may book, since both would
/// correct what they saw.
/// </summary>
internal sealed class RerateSource : IAsyncDisposable
{
    private const string LockKey = "7000000000000000013";
    private const string TryLockSql = $"select pg_try_advisory_lock({LockKey})";
    private const string UnlockSql = $"select pg_advisory_unlock({LockKey})";

    private const string SettingsSql = """
        set transaction read only; set local jit = off; set local work_mem = '64MB'; set local statement_timeout = 0;
        set local idle_in_transaction_session_timeout = 0
        """;

    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction snapshot;

    private RerateSource(NpgsqlConnection connection, NpgsqlTransaction snapshot)
    {
        this.connection = connection;
        this.snapshot = snapshot;
    }

    /// <summary>Takes the snapshot; null if another one is open.</summary>
    public static async Task<RerateSource?> OpenAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var opened = await database.OpenConnectionAsync(cancellation);

        try
        {
            // Before the snapshot, which must see what an earlier one has booked.
            await using var tryLock = new NpgsqlCommand(TryLockSql, opened);

            if (await tryLock.ExecuteScalarAsync(cancellation) is not true)
            {
                await opened.DisposeAsync();
                return null;
            }

            var begun = await opened.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
            await using var settings = new NpgsqlCommand(SettingsSql, opened);
            await settings.ExecuteNonQueryAsync(cancellation);
            return new(opened, begun);
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>The charges, in memory that doesn't grow with them.</summary>
    public async IAsyncEnumerable<ChargedUsage> ReadAsync(
        RerateScope scope, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var command = new NpgsqlCommand(ChargesSql(scope), connection) { CommandTimeout = 0 };
        command.Parameters.Add(new() { Value = scope.From.ToUniversalTime() });
        command.Parameters.Add(new() { Value = scope.To.ToUniversalTime() });

        if (scope.CustomerId is { } customerId)
        {
            command.Parameters.Add(new() { Value = customerId });
        }

        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            var usage = Read(reader);

            if (scope.Takes(usage.Model))
            {
                yield return usage;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await snapshot.DisposeAsync();

        // A connection that goes back to its pool keeps its session, and one that broke has lost it.
        if (connection.State is ConnectionState.Open)
        {
            await using var unlock = new NpgsqlCommand(UnlockSql, connection);
            await unlock.ExecuteNonQueryAsync(CancellationToken.None);
        }

        await connection.DisposeAsync();
    }

    private static string ChargesSql(RerateScope scope)
    {
        var ofCustomer = scope.CustomerId is null ? "" : "and stream_id = $3";

        return $"""
            select u.stream_id, u.id, u.amount, u.at, u.data ->> 'completed_at', u.model,
                (u.data ->> 'tokens_used')::bigint, (u.data ->> 'prompt_tokens')::bigint,
                (u.data ->> 'completion_tokens')::bigint, (u.data ->> 'cached_tokens')::bigint,
                (u.data ->> 'reasoning_tokens')::bigint, c.ids, c.amounts
            from (
                select seq_id, stream_id, id, data, (data ->> 'amount')::bigint as amount, data ->> 'model' as model,
                    coalesce((data ->> 'completed_at')::timestamptz, timestamp) as at
                from mt_events where type = 'usage_recorded' and data ->> 'asset' = 'OMR/6' {ofCustomer}
            ) as u
            left join (
                select (data ->> 'corrects')::uuid as charge, array_agg(id) as ids,
                    array_agg((data ->> 'amount')::bigint) as amounts
                from mt_events where type = 'usage_corrected' {ofCustomer} group by 1
            ) as c on c.charge = u.id
            where u.at >= $1 and u.at < $2
            order by u.stream_id collate "C", coalesce(u.model, '') collate "C", u.seq_id
            """;
    }

    private static ChargedUsage Read(NpgsqlDataReader row) => new()
    {
        CustomerId = row.GetString(0),
        Id = row.GetGuid(1),
        Amount = row.GetInt64(2),
        At = row.GetFieldValue<DateTimeOffset>(3),
        CompletedAt = row.IsDBNull(4) ? null : row.GetString(4),
        Model = row.IsDBNull(5) ? null : row.GetString(5),
        Tokens = Number(row, 6) is { } total
            ? new TokenCounts(total, Number(row, 7), Number(row, 8), Number(row, 9), Number(row, 10))
            : null,
        Corrections = row.IsDBNull(11)
            ? []
            : [.. row.GetFieldValue<Guid[]>(11).Zip(row.GetFieldValue<long[]>(12))],
    };

    private static long? Number(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}
