using System.Text;
using EventLedger.EventStore.Appending;
using EventLedger.EventStore.Reading;
using EventLedger.EventStore.Schema;
using EventLedger.EventStore.Verifying;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.EventStore.Tests;

/// <summary>An event store on an empty database of its own, filled by the simplest caller there can be.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    private static readonly TestTemplate Migrated = new(MigrateAsync);

    private readonly TestDatabase testDatabase;

    private TestStore(TestDatabase testDatabase)
    {
        this.testDatabase = testDatabase;
        Database = DatabaseUrl.Open(testDatabase.Url, "tests");
        Store = new PostgresEventStore(Database);
    }

    public NpgsqlDataSource Database { get; }

    public PostgresEventStore Store { get; }

    public string Url => testDatabase.Url;

    public EventReader Reader => new(Database);

    public static async Task<TestStore> CreateAsync() => new(await Migrated.CopyAsync());

    public static async Task<TestStore> CreateAsync(TestDatabase testDatabase)
    {
        var store = new TestStore(testDatabase);
        await MigrateAsync(store.Database);
        return store;
    }

    private static Task MigrateAsync(NpgsqlDataSource database) =>
        new Migrator(database, Migration.In(typeof(Migrator).Assembly)).MigrateAsync(CancellationToken.None);

    /// <summary>An event whose id is derived from <paramref name="n"/>.</summary>
    public static NewEvent Event(string stream, int n) => new(
        stream, IdOf(n), 0x0100000000000000 + n, "counted", "Tests.Counted, Tests",
        Encoding.UTF8.GetBytes($$"""{"n":{{n}},"fingerprint":"{{0x0100000000000000 + n:x16}}"}"""));

    public static Guid IdOf(int n) => new(n, 0, 0, new byte[8]);

    /// <summary>Appends those events whose ids aren't stored yet, as one block.</summary>
    public async Task<WrittenEvents> AppendAsync(params NewEvent[] events)
    {
        await using var append = await Store.BeginAsync(CancellationToken.None);
        var streams = events.Select(e => e.StreamId).Distinct().ToArray();
        await append.CreateStreamsAsync(streams, CancellationToken.None);
        var locked = await append.LockAsync(
            [.. streams.Select(stream => new StreamClaim(stream, events.Count(e => e.StreamId == stream)))],
            [.. events.Select(e => e.Id)], CancellationToken.None);
        return await append.WriteAndCommitAsync(
            [.. events.Where(e => !locked.Fingerprints.ContainsKey(e.Id))], [], CancellationToken.None);
    }

    /// <summary>Appends four blocks of three events each, over three streams.</summary>
    public async Task FillAsync()
    {
        for (var block = 0; block < 4; block++)
        {
            await AppendAsync([.. Enumerable.Range(block * 3, 3).Select(n => Event($"s{n % 3}", n))]);
        }
    }

    /// <summary>Draws a position and writes an event, but never commits.</summary>
    public async Task FailAsync(NewEvent @event)
    {
        await using var append = await Store.BeginAsync(CancellationToken.None);
        await append.CreateStreamsAsync([@event.StreamId], CancellationToken.None);
        await append.LockAsync([new StreamClaim(@event.StreamId, 1)], [@event.Id], CancellationToken.None);
        await append.WriteAsync([@event], CancellationToken.None);
    }

    /// <summary>Checks the chain, on one connection or several.</summary>
    public async Task<ChainReport> VerifyAsync(VerifyOptions? options = null)
    {
        await using var snapshot = await LedgerSnapshot.TakeAsync(Database, CancellationToken.None);
        return await new ChainVerifier(snapshot, options ?? new VerifyOptions { Readers = 2 })
            .VerifyAsync(progress: null, CancellationToken.None);
    }

    /// <summary>Checks one stream.</summary>
    public async Task<ChainReport?> VerifyStreamAsync(string streamId)
    {
        await using var snapshot = await LedgerSnapshot.TakeAsync(Database, CancellationToken.None);
        return await new StreamVerifier(snapshot, streamId, readers: 2).VerifyAsync(CancellationToken.None);
    }

    public Task ExecuteAsync(string sql) => Database.ExecuteAsync(sql);

    public Task<T> ScalarAsync<T>(string sql) => Database.ScalarAsync<T>(sql);

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await testDatabase.DisposeAsync();
    }
}
