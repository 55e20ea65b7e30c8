using EventLedger.EventStore.Verifying;
using EventLedger.Testing;

namespace EventLedger.EventStore.Tests;

public class VerifyingWhileEventsComeIn
{
    private const int Writers = 4;

    [Fact]
    public async Task A_check_sees_one_moment_whatever_is_appended_meanwhile()
    {
        await using var store = await TestStore.CreateAsync();
        await store.FillAsync();
        using var end = new CancellationTokenSource();
        var writers = Enumerable.Range(1, Writers)
            .Select(writer => Task.Run(() => AppendAsync(store, writer, end.Token))).ToArray();

        for (var round = 0; round < Rounds.Of(few: 5, many: 200); round++)
        {
            await using var snapshot = await LedgerSnapshot.TakeAsync(store.Database, CancellationToken.None);
            var report = await CheckAsync(snapshot);
            report.Finding.ShouldBeNull($"round {round}");

            // The snapshot still stands, and the same check finds the same long after the head has moved on.
            await Eventually.HoldsAsync(async () =>
                await store.Reader.ReadHeadAsync(CancellationToken.None) > report.HeadPosition);
            (await CheckAsync(snapshot)).ShouldBe(report);
        }

        await end.CancelAsync();
        await Task.WhenAll(writers);
        (await store.VerifyAsync()).Finding.ShouldBeNull();
    }

    private static Task<ChainReport> CheckAsync(LedgerSnapshot snapshot) =>
        new ChainVerifier(snapshot, new VerifyOptions { Readers = 2 }).VerifyAsync(null, CancellationToken.None);

    // Now and then one fails, so that there are void blocks as well.
    private static async Task AppendAsync(TestStore store, int writer, CancellationToken ending)
    {
        for (var n = writer * 1_000_000; !ending.IsCancellationRequested; n += 3)
        {
            if (n % 10 == 0)
            {
                await store.FailAsync(TestStore.Event($"s{n % 7}", n));
            }

            await store.AppendAsync([.. Enumerable.Range(n, 3).Select(id => TestStore.Event($"s{id % 7}", id))]);
        }
    }
}
