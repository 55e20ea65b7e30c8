using System.Data;
using System.Runtime.CompilerServices;
using Npgsql;

namespace EventLedger.Ledger.Legacy;

/// <summary>The old tables in one snapshot, read in memory that grows with the rows of one request alone.</summary>
internal sealed class LegacySource : IAsyncDisposable
{
    // What reads slowly, because the ledger takes its time, must not be ended for it.
    private const string SettingsSql = """
        set transaction read only; set local timezone = 'UTC'; set local jit = off; set local work_mem = '64MB';
        set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0
        """;

    private const string CustomersSql =
        "select id, user_id::text, tenant_id::text from customers order by user_id::text collate \"C\", id";

    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction snapshot;
    private readonly LegacyColumns columns;

    private LegacySource(NpgsqlConnection connection, NpgsqlTransaction snapshot, LegacyColumns columns)
    {
        this.connection = connection;
        this.snapshot = snapshot;
        this.columns = columns;
    }

    // Rows of one request come together, where the first of them has its place: a batch holds them all.
    private string RowsSql => $"""
        with charge as (
            select l.id, c.user_id::text as user_id, {columns.CreatedAt} as created_at, record.node, record.key,
                case when record.node is null then c.user_id::text end as customer,
                case when record.node is null then {columns.ExternalRef} end as request
            from credit_ledger l join customers c on c.id = l.customer_id
            cross join lateral (select {columns.MetadataField("node_id")} as node,
                {columns.MetadataField("idempotency_key")} as key) as stated
            left join lateral (select stated.node, stated.key) as record
                on stated.node is not null and stated.key is not null
            where btrim({columns.ExternalRef}) <> ''
                and {columns.AmountOmr}::numeric * 1000000 + {columns.AmountMicroOmr} < 0),
        shared as (
            select id, first_value(id) over request as first, first_value(user_id) over request as user_id,
                first_value(created_at) over request as created_at
            from (select *, count(*) over (partition by node, key, customer, request) as rows from charge) as counted
            where rows > 1
            window request as (partition by node, key, customer, request order by created_at, id))
        select l.id, l.customer_id, c.id is not null, c.user_id::text, c.tenant_id::text, {columns.AmountOmr},
            {columns.AmountMicroOmr}, {columns.Text("reason")}, {columns.Text("order_id")}, {columns.Text("status")},
            {columns.CreatedAt}, {columns.ExternalRef}, {columns.Metadata}, shared.first
        from credit_ledger l left join customers c on c.id = l.customer_id left join shared on shared.id = l.id
        order by case when shared.id is null then c.user_id::text else shared.user_id end collate "C",
            case when shared.id is null then {columns.CreatedAt} else shared.created_at end,
            coalesce(shared.first, l.id), {columns.CreatedAt}, l.id
        """;

    private string TotalsSql => $"""
        select (select count(*) from customers), count(*),
            coalesce(sum({columns.AmountOmr}::numeric * 1000000 + {columns.AmountMicroOmr}), 0)::text
        from credit_ledger l
        """;

    /// <summary>Takes the snapshot.</summary>
    /// <exception cref="LegacyException">The old tables aren't there.</exception>
    public static async Task<LegacySource> OpenAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        var opened = await database.OpenConnectionAsync(cancellation);

        try
        {
            var begun = await opened.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
            await using var settings = new NpgsqlCommand(SettingsSql, opened);
            await settings.ExecuteNonQueryAsync(cancellation);
            return new(opened, begun, await LegacyColumns.ReadAsync(opened, cancellation));
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>How many customers and rows there are, and what all rows are worth together.</summary>
    public async Task<(long Customers, long Rows, Int128 WorthMicroOmr)> ReadTotalsAsync(CancellationToken cancellation)
    {
        await using var command = Command(TotalsSql);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetInt64(1), Int128.Parse(reader.GetString(2)));
    }

    /// <summary>All customers, by their <c>user_id</c>.</summary>
    public async IAsyncEnumerable<LegacyCustomer> ReadCustomersAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var command = Command(CustomersSql);
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            yield return new(reader.GetGuid(0), Text(reader, 1), Text(reader, 2));
        }
    }

    /// <summary>
    /// All rows, by customer and then by time, in batches that end with the next request once they have so many.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<LegacyRow>> ReadBatchesAsync(
        int rowsMin, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var batch = new List<LegacyRow>(rowsMin);
        await using var command = Command(RowsSql);
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            var row = ReadRow(reader);
            var isOfLast = row.FirstOfRequest is { } first && batch is [.., var last] && last.FirstOfRequest == first;

            if (batch.Count >= rowsMin && !isOfLast)
            {
                yield return batch;
                batch = new(rowsMin);
            }

            batch.Add(row);
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await snapshot.DisposeAsync();
        await connection.DisposeAsync();
    }

    private static LegacyRow ReadRow(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        CustomerId = row.IsDBNull(1) ? null : row.GetGuid(1),
        HasCustomer = row.GetBoolean(2),
        UserId = Text(row, 3),
        TenantId = Text(row, 4),
        AmountOmr = row.GetInt64(5),
        AmountMicroOmr = row.GetInt64(6),
        Reason = Text(row, 7),
        OrderId = Text(row, 8),
        Status = Text(row, 9),
        CreatedAt = row.IsDBNull(10) ? null : row.GetFieldValue<DateTimeOffset>(10),
        ExternalRef = Text(row, 11),
        Metadata = Text(row, 12),
        FirstOfRequest = row.IsDBNull(13) ? null : row.GetGuid(13),
    };

    private static string? Text(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetString(column);

    private NpgsqlCommand Command(string sql) => new(sql, connection) { CommandTimeout = 0 };
}
