using Npgsql;

namespace EventLedger.Testing;

/// <summary>Statements that a test runs by itself.</summary>
public static class Sql
{
    extension(NpgsqlDataSource database)
    {
        /// <summary>Runs statements.</summary>
        public async Task ExecuteAsync(string sql)
        {
            await using var command = database.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }

        /// <summary>The one value that a query gives.</summary>
        public async Task<T> ScalarAsync<T>(string sql)
        {
            await using var command = database.CreateCommand(sql);
            return (T)(await command.ExecuteScalarAsync())!;
        }
    }
}
