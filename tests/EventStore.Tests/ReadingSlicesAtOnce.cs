using EventLedger.EventStore.Verifying;

namespace EventLedger.EventStore.Tests;

/// <summary>Pieces of a check that are worked on at the same time, and given in order.</summary>
public class ReadingSlicesAtOnce
{
    private const int Readers = 3;

    [Fact]
    public async Task No_more_pieces_are_taken_up_than_readers_can_have_pending()
    {
        await using var store = await TestStore.CreateAsync();
        await using var snapshot = await LedgerSnapshot.TakeAsync(store.Database, CancellationToken.None);
        await using var readers = await SnapshotReaders.OpenAsync(snapshot, Readers, CancellationToken.None);
        var first = new TaskCompletionSource();
        var taken = 0;

        await using var results = readers.RunInOrderAsync(
            Pieces(),
            async (_, piece) =>
            {
                // The first takes longest, and what comes after must wait to be given.
                await (piece == 0 ? first.Task : Task.CompletedTask);
                return piece;
            },
            CancellationToken.None).GetAsyncEnumerator();
        var next = results.MoveNextAsync();
        taken.ShouldBe(SnapshotReaders.PendingMaxPerReader * Readers);
        first.SetResult();

        for (var expected = 0; await next; expected++)
        {
            results.Current.ShouldBe(expected);
            taken.ShouldBeInRange(expected + 1, expected + (SnapshotReaders.PendingMaxPerReader * Readers));
            next = results.MoveNextAsync();
        }

        taken.ShouldBe(100);

        async IAsyncEnumerable<int> Pieces()
        {
            for (var piece = 0; piece < 100; piece++)
            {
                taken++;
                yield return piece;
            }
        }
    }
}
