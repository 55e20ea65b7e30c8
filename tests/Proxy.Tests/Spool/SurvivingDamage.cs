using EventLedger.Proxy.Spool;

namespace EventLedger.Proxy.Tests.Spool;

public class SurvivingDamage
{
    private const int RecordCount = 8;

    [Fact]
    public void A_segment_cut_at_any_byte_keeps_every_record_that_was_whole()
    {
        var (bytes, ends) = SpoolRig.Segment(RecordCount);
        var file = new SegmentFile();

        for (var length = 0; length <= bytes.Length; length++)
        {
            var (sequences, setAside) = file.Read(bytes[..length]);
            var whole = ends.Count(end => end <= length);

            sequences.ShouldBe(Enumerable.Range(1, whole).Select(n => (long)n), $"cut at {length}");
            setAside.ShouldBe(length - (whole == 0 ? 0 : ends[whole - 1]), $"cut at {length}");
        }
    }

    [Fact]
    public void Flipped_bits_cost_the_record_that_they_are_in_and_no_other()
    {
        var random = new Random(42);
        var (bytes, ends) = SpoolRig.Segment(RecordCount);
        var file = new SegmentFile();

        for (var round = 0; round < 500; round++)
        {
            var at = random.Next(bytes.Length);
            var flipped = (byte[])bytes.Clone();
            flipped[at] ^= (byte)(1 << random.Next(8));

            var hit = Array.FindIndex(ends, end => at < end) + 1;
            var (sequences, setAside) = file.Read(flipped);

            sequences.ShouldBe(
                Enumerable.Range(1, RecordCount).Where(n => n != hit).Select(n => (long)n), $"bit at {at}");
            setAside.ShouldBe(ends[hit - 1] - (hit == 1 ? 0 : ends[hit - 2]), $"bit at {at}");
        }
    }

    [Fact]
    public void Noise_between_records_is_set_aside_and_all_records_are_found()
    {
        var random = new Random(43);
        var (bytes, _) = SpoolRig.Segment(3);
        var noise = new byte[200_000];
        random.NextBytes(noise);
        var file = new SegmentFile();

        var (sequences, setAside) = file.Read([.. bytes, .. noise, .. RecordFrame.Mark, .. noise, .. bytes]);

        sequences.ShouldBe([1, 2, 3, 1, 2, 3]);
        setAside.ShouldBe((2 * noise.Length) + RecordFrame.Mark.Length);
    }

    [Fact]
    public async Task A_damaged_record_is_kept_in_a_file_of_its_own_and_counted()
    {
        var options = SpoolRig.Options();

        using (var spool = SpoolRig.Open(options))
        {
            await SpoolRig.AddAsync(spool, 3);
        }

        var segment = Directory.GetFiles(options.Folder, "*.segment").ShouldHaveSingleItem();
        var bytes = await File.ReadAllBytesAsync(segment);
        var damaged = (byte[])bytes.Clone();
        damaged[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(segment, damaged);

        using var again = SpoolRig.Open(options);

        SpoolRig.ReadRequests(again).ShouldBe(["r1", "r3"]);
        again.Counters.Damaged.Value.ShouldBe(1);
        var kept = Directory.GetFiles(Path.Combine(options.Folder, "damaged")).ShouldHaveSingleItem();
        var keptBytes = await File.ReadAllBytesAsync(kept);
        damaged.AsSpan().IndexOf(keptBytes).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_state_that_cannot_be_read_means_that_nothing_has_been_published()
    {
        var options = SpoolRig.Options();

        using (var spool = SpoolRig.Open(options))
        {
            await SpoolRig.AddAsync(spool, 3);
        }

        await File.WriteAllTextAsync(Path.Combine(options.Folder, "state"), new string('x', 128));
        using var again = SpoolRig.Open(options);

        SpoolRig.ReadRequests(again).ShouldBe(["r1", "r2", "r3"]);
    }

    /// <summary>Reads bytes as a segment that an earlier life left.</summary>
    private sealed class SegmentFile
    {
        private readonly SpoolOptions options = SpoolRig.Options();

        public (IReadOnlyList<long> Sequences, int BytesSetAside) Read(byte[] bytes)
        {
            using var folder = SpoolFolder.Claim(options.Folder);
            File.WriteAllBytes(folder.SegmentPath(1), bytes);
            using var log = new SegmentLog(folder, 0, options.BytesMax, options.SegmentBytesMax);
            var setAside = 0;
            using var reader = new SegmentReader(
                log, new(bytesMax: 0), default, (_, damaged) => setAside += damaged.Length);

            return ([.. Rig.SpoolFiles.ReadAll(reader).Select(record => record.Sequence)], setAside);
        }
    }
}
