namespace EventLedger.Embedded.Postgres;

/// <summary>A private cluster's settings: the file that we ship, and below it what is this cluster's own.</summary>
internal static class PostgresSettings
{
    /// <summary>ops/postgres/eventledger.conf.</summary>
    public static string Shipped()
    {
        using var resource = typeof(PostgresSettings).Assembly.GetManifestResourceStream("eventledger.conf")!;
        return new StreamReader(resource).ReadToEnd();
    }

    /// <summary>PostgreSQL takes the last of several lines for one setting.</summary>
    public static string Compose(string shipped, PostgresSize size, int port, string socketFolder) => $"""
        {shipped}
        # This cluster. Rewritten at every start.
        listen_addresses = '127.0.0.1'
        port = {port}
        unix_socket_directories = {Quote(socketFolder)}
        shared_buffers = {size.SharedBuffersMiB}MB
        max_wal_size = {size.WalMaxMiB}MB
        min_wal_size = {size.WalMinMiB}MB

        """;

    private static string Quote(string value) => $"'{value.Replace("'", "''")}'";
}
