using Npgsql;

namespace EventLedger.Ledger.Legacy;

/// <summary>The columns of an old database, in SQL: those that it lacks are null, or 0.</summary>
internal sealed class LegacyColumns
{
    private const string ColumnsSql = """
        select attname::text, atttypid::regtype::text from pg_attribute
        where attrelid = to_regclass($1) and attnum > 0 and not attisdropped
        """;

    private static readonly string[] Ids = ["uuid"];
    private static readonly string[] WholeNumbers = ["smallint", "integer", "bigint"];
    private static readonly string[] Json = ["jsonb"];
    private static readonly string[] Times = ["timestamp with time zone", "timestamp without time zone", "date"];

    private readonly HashSet<string> names;

    private LegacyColumns(HashSet<string> names) => this.names = names;

    /// <summary>Whole OMR of a row, in SQL.</summary>
    public string AmountOmr => "coalesce(l.amount_omr, 0)::bigint";

    /// <summary>Micro-OMR of a row, in SQL.</summary>
    public string AmountMicroOmr => Or("amount_micro_omr", "coalesce(l.amount_micro_omr, 0)::bigint", "0::bigint");

    /// <summary>The request that a row charges, in SQL.</summary>
    public string ExternalRef => Text("external_ref");

    /// <summary>The metadata of a row as text, in SQL.</summary>
    public string Metadata => Text("metadata");

    /// <summary>The time of a row, in SQL; one that no calendar of ours has is none.</summary>
    public string CreatedAt => Or(
        "created_at",
        "case when l.created_at >= '0001-01-02' and l.created_at < '9999-12-31' then l.created_at::timestamptz end",
        "null::timestamptz");

    /// <summary>A field of the metadata, in SQL.</summary>
    public string MetadataField(string name) => Or("metadata", $"l.metadata ->> '{name}'", "null::text");

    /// <summary>A column as text, in SQL; null in a table without it.</summary>
    public string Text(string name) => Or(name, $"l.{name}::text", "null::text");

    /// <summary>Looks at the old tables.</summary>
    /// <exception cref="LegacyException">They aren't there, or count money in a way that we don't know.</exception>
    public static async Task<LegacyColumns> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var customers = await ReadAsync(connection, "customers", cancellation);
        var rows = await ReadAsync(connection, "credit_ledger", cancellation);
        Require(customers, "customers", "id", "user_id", "tenant_id");
        Require(rows, "credit_ledger", "id", "customer_id", "amount_omr");
        RequireType(customers, "customers", "id", Ids);
        RequireType(rows, "credit_ledger", "id", Ids);
        RequireType(rows, "credit_ledger", "customer_id", Ids);
        RequireType(rows, "credit_ledger", "amount_omr", WholeNumbers);
        RequireTypeIfThere(rows, "credit_ledger", "amount_micro_omr", WholeNumbers);
        RequireTypeIfThere(rows, "credit_ledger", "metadata", Json);
        RequireTypeIfThere(rows, "credit_ledger", "created_at", Times);
        return new([.. rows.Keys]);
    }

    private static async Task<Dictionary<string, string>> ReadAsync(
        NpgsqlConnection connection, string table, CancellationToken cancellation)
    {
        var columns = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand(ColumnsSql, connection)
        {
            Parameters = { new() { Value = table } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellation);

        while (await reader.ReadAsync(cancellation))
        {
            columns.Add(reader.GetString(0), reader.GetString(1));
        }

        return columns;
    }

    private static void Require(Dictionary<string, string> columns, string table, params string[] expected)
    {
        var missing = expected.Where(name => !columns.ContainsKey(name)).ToArray();

        if (missing.Length > 0)
        {
            throw new LegacyException(
                $"the database of --from has no {table} with {string.Join(", ", missing)}");
        }
    }

    private static void RequireType(
        Dictionary<string, string> columns, string table, string name, string[] expected)
    {
        if (!expected.Contains(columns[name]))
        {
            throw new LegacyException(
                $"{table}.{name} is {columns[name]}; expected {string.Join(" or ", expected)}");
        }
    }

    private static void RequireTypeIfThere(
        Dictionary<string, string> columns, string table, string name, string[] expected)
    {
        if (columns.ContainsKey(name))
        {
            RequireType(columns, table, name, expected);
        }
    }

    private string Or(string name, string expression, string otherwise) =>
        names.Contains(name) ? expression : otherwise;
}

/// <summary>The old database isn't one that can be imported.</summary>
internal sealed class LegacyException(string message) : Exception(message);
