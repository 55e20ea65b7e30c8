using EventLedger.EventStore.Schema;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests.Roles;

/// <summary>Logins on a test's cluster, as an operator makes them.</summary>
internal static class Logins
{
    /// <summary>A login that may write, and nothing that a writer mayn't; the database has its schema then.</summary>
    public static Task<string> WriterAsync(TestDatabase database) => MemberAsync(database, "eventledger_writer");

    /// <summary>A login that may read, and nothing else; the database has its schema then.</summary>
    public static Task<string> ReaderAsync(TestDatabase database) => MemberAsync(database, "eventledger_reader");

    /// <summary>Makes a login unless it is there, with what is to be said after <c>login</c>; gives its URL.</summary>
    public static async Task<string> CreateAsync(TestDatabase database, string name, string more = "")
    {
        await using var owner = DatabaseUrl.Open(database.Url, "tests");
        await owner.ExecuteAsync($"""
            do $$ begin
                create role {name} login {more};
            exception when duplicate_object or unique_violation then null;
            end $$
            """);
        return database.Url.Replace("//eventledger@", $"//{name}@");
    }

    private static async Task<string> MemberAsync(TestDatabase database, string role)
    {
        await using var owner = DatabaseUrl.Open(database.Url, "tests");
        (await LedgerSchema.MigrateAsync(owner, CancellationToken.None)).ByHand.ShouldBeEmpty();
        return await CreateAsync(database, $"login_of_{role}", $"in role {role}");
    }
}
