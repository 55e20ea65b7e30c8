using EventLedger.EventStore.Appending;

namespace EventLedger.EventStore.Bench;

/// <summary>Appends events that were made before, in lanes that own their customers.</summary>
internal static class Appender
{
    public const int Lanes = 6;
    public const int BatchSize = 2000;

    public static Task AppendAsync(this PostgresEventStore store, NewEvent[][][] lanes) =>
        Task.WhenAll(lanes.Select(lane => Task.Run(async () =>
        {
            foreach (var batch in lane)
            {
                await store.AppendAsync(batch);
            }
        })));

    private static async Task AppendAsync(this PostgresEventStore store, NewEvent[] events)
    {
        var claims = events.CountBy(e => e.StreamId).Select(s => new StreamClaim(s.Key, s.Value)).ToArray();

        if (!await TryAppendAsync(store, events, claims))
        {
            await CreateAsync(store, claims);
            await TryAppendAsync(store, events, claims);
        }
    }

    private static async Task<bool> TryAppendAsync(
        PostgresEventStore store, NewEvent[] events, StreamClaim[] claims)
    {
        await using var append = await store.BeginAsync(CancellationToken.None);
        var locked = await append.LockAsync(claims, [.. events.Select(e => e.Id)], CancellationToken.None);

        if (locked.Versions.Count < claims.Length)
        {
            return false;
        }

        await append.WriteAndCommitAsync(events, [], CancellationToken.None);
        return true;
    }

    private static async Task CreateAsync(PostgresEventStore store, StreamClaim[] claims)
    {
        await using var create = await store.BeginAsync(CancellationToken.None);
        await create.CreateStreamsAsync(claims.Select(claim => claim.StreamId), CancellationToken.None);
        await create.CommitAsync(CancellationToken.None);
    }
}
