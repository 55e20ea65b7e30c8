using EventLedger.Proxy.Spool;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests.Spool;

public class KeepingEnvelopes
{
    [Fact]
    public async Task What_was_added_is_there_after_a_restart_and_counting_goes_on()
    {
        var options = SpoolRig.Options();
        Guid epoch;

        using (var spool = SpoolRig.Open(options))
        {
            epoch = spool.Epoch;
            await SpoolRig.AddAsync(spool, 3);
        }

        using var again = SpoolRig.Open(options);
        await SpoolRig.AddAsync(again, 2, from: 4);

        again.Epoch.ShouldBe(epoch);
        SpoolRig.Read(again).Select(found => (found.RequestId, found.Sequence)).ShouldBe(
            [("r1", 1), ("r2", 2), ("r3", 3), ("r4", 4), ("r5", 5)]);
        again.Waiting.ShouldBe(5);
    }

    [Fact]
    public async Task A_life_that_did_not_end_in_order_is_followed_by_a_new_epoch()
    {
        var options = SpoolRig.Options();
        var copy = SpoolRig.Options();
        using var spool = SpoolRig.Open(options);
        await SpoolRig.AddAsync(spool, 3);

        // What a crash would leave behind.
        foreach (var file in Directory.GetFiles(options.Folder).Where(file => !file.EndsWith("owner")))
        {
            File.Copy(file, Path.Combine(copy.Folder, Path.GetFileName(file)));
        }

        using var again = SpoolRig.Open(copy);
        await SpoolRig.AddAsync(again, 1, from: 4);

        SpoolRig.ReadRequests(again).ShouldBe(["r1", "r2", "r3", "r4"]);
        again.Epoch.ShouldNotBe(spool.Epoch);
        SpoolRig.Read(again)[^1].Sequence.ShouldBe(1);
    }

    [Fact]
    public async Task Who_adds_an_envelope_goes_on_when_it_is_written()
    {
        using var spool = SpoolRig.Open(SpoolRig.Options());

        for (var n = 1; n <= 200; n++)
        {
            await SpoolRig.AddAsync(spool, 1, from: n);
            spool.Counters.Written.Value.ShouldBe(n);
        }
    }

    [Fact]
    public async Task A_second_process_is_refused()
    {
        var options = SpoolRig.Options();
        using var spool = SpoolRig.Open(options);

        Should.Throw<SpoolInUseException>(() => SpoolRig.Open(options)).Message.ShouldContain(options.Folder);
        await SpoolRig.AddAsync(spool, 1);
        SpoolRig.ReadRequests(spool).ShouldBe(["r1"]);
    }

    [Fact]
    public async Task Published_segments_are_deleted_and_numbers_are_never_used_again()
    {
        var options = SpoolRig.Options() with { BytesMax = 64 * 1024 };
        using var spool = SpoolRig.Open(options);
        using var reader = spool.Store!.ReadUnpublished();

        for (var round = 0; round < 20; round++)
        {
            await SpoolRig.AddAsync(spool, 20);
            Rig.SpoolFiles.ReadAll(reader).Count().ShouldBe(20);
            spool.Store.Advance(reader.Position);
        }

        Directory.GetFiles(options.Folder, "*.segment").ShouldHaveSingleItem();
        spool.Store.Log.First.ShouldNotBeNull().ShouldBeGreaterThan(10);
        spool.Store.Log.BytesHeld.ShouldBeLessThan(options.SegmentBytesMax + 1);
    }

    [Fact]
    public async Task Nothing_published_is_published_again_after_a_restart()
    {
        var options = SpoolRig.Options();

        using (var spool = SpoolRig.Open(options))
        {
            await SpoolRig.AddAsync(spool, 3);
            using var reader = spool.Store!.ReadUnpublished();
            reader.TryRead();
            reader.TryRead();
            spool.Store.Advance(reader.Position);
        }

        using var again = SpoolRig.Open(options);
        SpoolRig.ReadRequests(again).ShouldBe(["r3"]);
    }

    [Fact]
    public async Task Files_of_an_older_sidecar_are_taken_over()
    {
        var options = SpoolRig.Options();
        const string Envelope =
            """{"customer_id":"c","amount_micro_omr":-1,"reason":"x","metadata":{"request_id":"old-1"}}""";
        await File.WriteAllTextAsync(Path.Combine(options.Folder, "1700000000-abc.json"), Envelope);
        Directory.CreateDirectory(Path.Combine(options.Folder, "folder.json"));
        await File.WriteAllTextAsync(
            Path.Combine(options.Folder, "large.json"), new string(' ', RecordFrame.BodyBytesMax + 1));

        using var spool = SpoolRig.Open(options);

        SpoolRig.ReadRequests(spool).ShouldBe(["old-1"]);
        spool.Counters.TakenOver.Value.ShouldBe(1);
        Directory.GetFiles(options.Folder, "*.json").Select(Path.GetFileName).ShouldBe(["large.json"]);
    }

    [Fact]
    public async Task Many_at_once_are_all_kept_each_under_a_sequence_of_its_own()
    {
        using var spool = SpoolRig.Open(SpoolRig.Options());

        await Parallel.ForAsync(1, 2001, async (n, _) => await SpoolRig.AddAsync(spool, 1, from: n));

        SpoolRig.Read(spool).Select(found => found.Sequence).Order().ShouldBe(
            Enumerable.Range(1, 2000).Select(n => (long?)n));
        SpoolRig.ReadRequests(spool).Distinct().Count().ShouldBe(2000);
    }

    [Fact]
    public async Task What_nobody_waits_for_is_written_soon()
    {
        using var spool = SpoolRig.Open(SpoolRig.Options());

        spool.Add(SpoolRig.Envelope(1)).ShouldNotBeNull();

        await Eventually.HoldsAsync(() => SpoolRig.ReadRequests(spool).SequenceEqual(["r1"]));
    }

    [Fact]
    public async Task A_response_that_does_not_go_on_holds_the_few_that_share_its_thread_and_no_others()
    {
        const int Count = 200;
        using var spool = SpoolRig.Open(SpoolRig.Options());
        using var held = new ManualResetEventSlim();
        var wentOn = 0;

        for (var n = 1; n <= Count; n++)
        {
            var isHeld = n == 1;
            SpoolRig.AddOneAsync(spool, n).GetAwaiter().UnsafeOnCompleted(() =>
            {
                if (isHeld)
                {
                    held.Wait();
                }

                Interlocked.Increment(ref wentOn);
            });
        }

        try
        {
            await Eventually.HoldsAsync(() => Volatile.Read(ref wentOn) >= Count - ReleasedRecords.CountMax);
        }
        finally
        {
            held.Set();
        }

        await Eventually.HoldsAsync(() => Volatile.Read(ref wentOn) == Count);
    }
}
