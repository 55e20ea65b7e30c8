using EventLedger.Proxy.Spool;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests.Spool;

public class FailingDisks
{
    [Fact]
    public async Task A_full_spool_keeps_envelopes_in_memory_and_writes_them_when_there_is_room()
    {
        var options = Small() with { MemoryBytesMax = 1024 * 1024, RetryDelay = TimeSpan.FromMilliseconds(10) };
        using var spool = SpoolRig.Open(options);
        var added = 0;

        while (!spool.IsDiskUnwell)
        {
            await SpoolRig.AddAsync(spool, 10, from: added + 1);
            added += 10;
        }

        await SpoolRig.AddAsync(spool, 100, from: added + 1);
        added += 100;
        spool.InMemory.ShouldBeGreaterThanOrEqualTo(100);
        spool.IsFilling.ShouldBeTrue();

        using var reader = spool.Store!.ReadUnpublished();
        var published = new List<SpoolRecord>();
        await Eventually.HoldsAsync(() =>
        {
            published.AddRange(Rig.SpoolFiles.ReadAll(reader));
            spool.Store.Advance(reader.Position);
            return published.Count == added;
        });

        published.Select(record => record.Sequence).ShouldBe(Enumerable.Range(1, added).Select(n => (long)n));
        spool.IsDiskUnwell.ShouldBeFalse();
        spool.IsFilling.ShouldBeFalse();
        spool.Counters.Lost.Value.ShouldBe(0);
    }

    [Fact]
    public async Task What_neither_disk_nor_memory_can_hold_is_counted_as_lost_and_leaves_a_gap()
    {
        var options = Small() with { MemoryBytesMax = 16 * 1024, RetryDelay = TimeSpan.FromMinutes(1) };
        using var spool = SpoolRig.Open(options);

        await SpoolRig.AddAsync(spool, 1000);

        var onDisk = SpoolRig.Read(spool).Count;
        (onDisk + spool.InMemory + spool.Counters.Lost.Value).ShouldBe(1000);
        spool.Counters.Lost.Value.ShouldBeGreaterThan(0);
        Directory.GetFiles(options.Folder, "*.segment").Sum(file => new FileInfo(file).Length)
            .ShouldBeLessThanOrEqualTo(options.BytesMax);
    }

    [Fact]
    public async Task Nobody_waits_for_the_next_attempt_after_a_write_that_failed()
    {
        using var spool = SpoolRig.Open(Small() with { RetryDelay = TimeSpan.FromMinutes(5) });
        var adding = Parallel.ForAsync(1, 2001, async (n, _) => await SpoolRig.AddAsync(spool, 1, from: n));

        while (!adding.IsCompleted)
        {
            spool.MarkPublished(spool.TakeFromMemory(10));
            await Task.Yield();
        }

        await adding;
        spool.IsDiskUnwell.ShouldBeTrue();
    }

    [Fact]
    public async Task How_long_the_oldest_in_memory_has_waited_is_known()
    {
        var notAFolder = Path.Combine(TestFolder.Make("spool"), "file");
        await File.WriteAllTextAsync(notAFolder, "");
        using var spool = SpoolRig.Open(SpoolRig.Options() with { Folder = notAFolder });

        await SpoolRig.AddAsync(spool, 1);

        await Eventually.HoldsAsync(() => spool.OldestAge > TimeSpan.Zero);
        spool.MarkPublished(spool.TakeFromMemory(1));
        spool.OldestAge.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task Envelopes_in_memory_are_published_from_there_once_each()
    {
        var options = Small() with { RetryDelay = TimeSpan.FromMinutes(1) };
        using var spool = SpoolRig.Open(options);
        await SpoolRig.AddAsync(spool, 1000);
        var held = spool.InMemory;

        var taken = spool.TakeFromMemory(int.MaxValue);
        spool.TakeFromMemory(int.MaxValue).ShouldBeEmpty();

        spool.MarkPublished([.. taken.Reverse()]);

        taken.Count.ShouldBe(held);
        spool.InMemory.ShouldBe(0);
    }

    [Fact]
    public async Task One_that_is_refused_and_waits_for_the_disk_keeps_none_behind_it_in_memory()
    {
        var folder = Path.Combine(TestFolder.Make("spool"), "file");
        await File.WriteAllTextAsync(folder, "");
        using var spool = SpoolRig.Open(
            SpoolRig.Options() with { Folder = folder, RetryDelay = TimeSpan.FromMilliseconds(10) });
        await SpoolRig.AddAsync(spool, 3);
        var taken = spool.TakeFromMemory(3);

        taken[0].IsRefused = true;
        spool.MarkPublished([.. taken.Skip(1)]);
        spool.InMemory.ShouldBe(1);

        File.Delete(folder);
        await Eventually.HoldsAsync(() => spool.InMemory == 0);
        SpoolRig.ReadRequests(spool).ShouldBe(["r1"]);
        spool.Counters.Written.Value.ShouldBe(1);
    }

    [Fact]
    public void What_gets_to_the_disk_while_it_waits_as_refused_is_written_once()
    {
        var pending = new PendingRecords(bytesMax: 1024);
        PendingRecord[] entries = [Pending(1), Pending(2)];
        entries.ShouldAllBe(entry => pending.TryAdd(entry));
        var written = new List<PendingRecord>();
        var end = pending.TakeForDisk(1024, written);

        entries[0].IsRefused = true;
        pending.MarkPublished([entries[1]]);
        written.ForEach(entry => entry.IsOnDisk = true);
        pending.RemoveUntil(end);

        pending.AtRisk.ShouldBeEmpty();
        var more = new List<PendingRecord>();
        pending.RemoveUntil(pending.TakeForDisk(1024, more));
        more.ShouldBeEmpty();
        (pending.Count, pending.Bytes).ShouldBe((0, 0));
    }

    private static PendingRecord Pending(long sequence) =>
        new(new(sequence, Guid.CreateVersion7(), "{}"u8.ToArray()), null!, addedAt: 0);

    private static SpoolOptions Small() => SpoolRig.Options() with { BytesMax = 64 * 1024 };
}
