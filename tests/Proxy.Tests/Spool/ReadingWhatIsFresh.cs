namespace EventLedger.Proxy.Tests.Spool;

public class ReadingWhatIsFresh
{
    [Fact]
    public async Task What_was_just_written_is_not_read_from_its_segment()
    {
        var options = SpoolRig.Options();
        using var spool = SpoolRig.Open(options);
        await SpoolRig.AddAsync(spool, 3);
        Overwrite(options.Folder);

        SpoolRig.ReadRequests(spool).ShouldBe(["r1", "r2", "r3"]);
        spool.Counters.Damaged.Value.ShouldBe(0);
    }

    [Fact]
    public async Task What_was_taken_is_held_no_longer()
    {
        using var spool = SpoolRig.Open(SpoolRig.Options());
        await SpoolRig.AddAsync(spool, 3);

        spool.Store!.Fresh.Bytes.ShouldBe(spool.BytesOnDisk);
        SpoolRig.Read(spool).Count.ShouldBe(3);
        spool.Store.Fresh.Bytes.ShouldBe(0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public async Task What_is_beyond_the_bound_is_read_from_the_segments_in_its_place(int held)
    {
        var options = SpoolRig.Options() with { BytesMax = 64 * 1024 };
        var bytesMax = held * await BytesOfOneAsync();
        using var spool = SpoolRig.Open(options with { FreshBytesMax = bytesMax });
        using var reader = spool.Store!.ReadUnpublished();
        var read = new List<long>();

        for (var round = 0; round < 20; round++)
        {
            await SpoolRig.AddAsync(spool, round);
            spool.Store.Fresh.Bytes.ShouldBeLessThanOrEqualTo(bytesMax);
            read.AddRange(Rig.SpoolFiles.ReadAll(reader).Select(record => record.Sequence));
            spool.Store.Advance(reader.Position);
        }

        read.ShouldBe(Enumerable.Range(1, 190).Select(n => (long)n));
        spool.Counters.Damaged.Value.ShouldBe(0);
    }

    [Fact]
    public async Task Reading_while_others_write_finds_each_record_once_and_in_order()
    {
        var options = SpoolRig.Options() with { BytesMax = 1024 * 1024, FreshBytesMax = 4 * await BytesOfOneAsync() };
        using var spool = SpoolRig.Open(options);
        using var reader = spool.Store!.ReadUnpublished();
        var read = new List<long>();
        var writing = Parallel.ForAsync(1, 2001, async (n, _) => await SpoolRig.AddAsync(spool, 1, from: n));

        while (read.Count < 2000)
        {
            var isLast = writing.IsCompleted;
            read.AddRange(Rig.SpoolFiles.ReadAll(reader).Select(record => record.Sequence));
            read.Count.ShouldBe(isLast ? 2000 : read.Count);
            await Task.Yield();
        }

        await writing;
        read.Order().ShouldBe(Enumerable.Range(1, 2000).Select(n => (long)n));
        spool.Counters.Damaged.Value.ShouldBe(0);
    }

    private static async Task<long> BytesOfOneAsync()
    {
        using var spool = SpoolRig.Open(SpoolRig.Options());
        await SpoolRig.AddAsync(spool, 1);
        return spool.BytesOnDisk + 8;
    }

    private static void Overwrite(string folder)
    {
        using var segment = File.Open(
            Directory.GetFiles(folder, "*.segment").Single(), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        segment.Write(new byte[segment.Length]);
    }
}
