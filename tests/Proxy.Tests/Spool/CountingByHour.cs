using EventLedger.Contracts.Envelopes;
using EventLedger.Contracts.Reports;
using EventLedger.Proxy.Spool;

namespace EventLedger.Proxy.Tests.Spool;

public class CountingByHour
{
    private static readonly DateTimeOffset Noon = DateTimeOffset.Parse("2026-11-22T12:00:00Z");

    [Fact]
    public void Each_hour_adds_up_on_its_own()
    {
        var hours = new SpoolHours();
        var records = Enumerable.Range(1, 6).Select(n => Record(Noon.AddMinutes(59 + n), n)).ToArray();
        Array.ForEach(records, hours.Observe);

        hours.Settle([new(records[0], IsRefused: false), new(records[1], IsRefused: true)]);
        hours.Lose(records[2]);

        hours.Read().ShouldBe([new(Noon.AddHours(1), Observed: 6, Published: 1, Spooled: 3, Refused: 1, Lost: 1)]);
        hours.Observe(Record(Noon.AddTicks(-1), 7));
        hours.Read().Select(figures => figures.Hour).ShouldBe([Noon.AddHours(-1), Noon.AddHours(1)]);
        hours.Read().ShouldAllBe(figures => figures.Difference == 0);
    }

    [Fact]
    public void The_oldest_hour_is_forgotten_for_good_beyond_the_bound()
    {
        var hours = new SpoolHours();

        for (var hour = 0; hour <= SpoolHours.HoursMax; hour++)
        {
            hours.Observe(Record(Noon.AddHours(hour), hour + 1));
        }

        hours.Settle([new(Record(Noon, 1), IsRefused: false)]);

        hours.Read().Count.ShouldBe(SpoolHours.HoursMax);
        hours.Read()[0].ShouldBe(new(Noon.AddHours(1), 1, 0, 1, 0, 0));
    }

    [Fact]
    public void What_an_older_sidecar_left_is_not_ours_to_count()
    {
        var hours = new SpoolHours();

        hours.Recover(Record(Noon, sequence: 0));

        hours.Read().ShouldBeEmpty();
    }

    [Fact]
    public async Task Counts_outlive_a_restart_in_order()
    {
        var options = SpoolRig.Options();

        using (var spool = SpoolRig.Open(options))
        {
            await SpoolRig.AddAsync(spool, 5);
            PublishNext(spool, count: 2);
        }

        using var again = SpoolRig.Open(options);
        await SpoolRig.AddAsync(again, 1);

        Total(again).ShouldBe((Observed: 6, Published: 2, Spooled: 4, Difference: 0));
    }

    [Fact]
    public async Task Counts_outlive_a_crash()
    {
        var options = SpoolRig.Options();
        using var spool = SpoolRig.Open(options);
        await SpoolRig.AddAsync(spool, 5);
        PublishNext(spool, count: 2);

        using var again = SpoolRig.Open(options with { Folder = SpoolFolderCopy(options.Folder) });

        Total(again).ShouldBe((Observed: 5, Published: 2, Spooled: 3, Difference: 0));
        again.Store!.Counts.ShouldBe(spool.Store!.Counts);
    }

    [Fact]
    public async Task What_went_missing_from_the_disk_shows()
    {
        var options = SpoolRig.Options();

        using (var spool = SpoolRig.Open(options))
        {
            await SpoolRig.AddAsync(spool, 5);
        }

        var segment = Directory.GetFiles(options.Folder, "*.segment").Single();
        var bytes = await File.ReadAllBytesAsync(segment);
        await File.WriteAllBytesAsync(segment, bytes[..^10]);
        using var again = SpoolRig.Open(options);

        Total(again).ShouldBe((Observed: 5, Published: 0, Spooled: 4, Difference: 1));
    }

    [Fact]
    public async Task Another_source_begins_to_count_anew_with_an_epoch_of_its_own()
    {
        var options = SpoolRig.Options();
        Guid epoch, counts;

        using (var spool = SpoolRig.Open(options))
        {
            await SpoolRig.AddAsync(spool, 3);
            (epoch, counts) = (spool.Epoch, spool.Store!.Counts);
        }

        using (SpoolRig.Open(options with { Source = "gw-2" }))
        {
            // Ends before it has published what it found.
        }

        using var other = SpoolRig.Open(options with { Source = "gw-2" });
        PublishNext(other, count: 3);

        (other.Epoch == epoch || other.Store!.Counts == counts).ShouldBeFalse();
        other.Counters.Hours.Read().ShouldBeEmpty();
        await SpoolRig.AddAsync(other, 1);
        Total(other).ShouldBe((Observed: 1, Published: 0, Spooled: 1, Difference: 0));
    }

    [Fact]
    public async Task What_an_earlier_life_counted_counts_once_however_often_its_folder_fails_to_open()
    {
        var options = SpoolRig.Options() with { RetryDelay = TimeSpan.FromMilliseconds(10) };
        await AddInTwoLivesAsync(options);
        var whole = new Lock();
        var repair = BreakLastSegment(options.Folder, whole);

        using var spool = SpoolRig.Open(options, whole);
        await SpoolRig.AddAsync(spool, 1);
        await Testing.Eventually.HoldsAsync(() => spool.Counters.WriteFailures.Value >= 3);
        repair();
        await Testing.Eventually.HoldsAsync(() => !spool.IsDiskUnwell);

        Total(spool).ShouldBe((Observed: 8, Published: 2, Spooled: 6, Difference: 0));
        spool.Waiting.ShouldBe(6);
        OpenHandles(Path.Combine(options.Folder, "state")).ShouldBe(1);
    }

    [Fact]
    public async Task What_another_source_left_is_not_ours_either_where_its_folder_fails_to_open_at_first()
    {
        var options = SpoolRig.Options() with { RetryDelay = TimeSpan.FromMilliseconds(10) };
        await AddInTwoLivesAsync(options);
        var whole = new Lock();
        var repair = BreakLastSegment(options.Folder, whole);

        using var other = SpoolRig.Open(options with { Source = "gw-2" }, whole);
        await SpoolRig.AddAsync(other, 1);
        repair();
        await Testing.Eventually.HoldsAsync(() => !other.IsDiskUnwell);
        PublishNext(other, count: 5);

        Total(other).ShouldBe((Observed: 1, Published: 0, Spooled: 1, Difference: 0));
    }

    [Fact]
    public async Task What_the_disk_takes_while_it_is_published_from_memory_counts_once()
    {
        var options = SpoolRig.Options() with
        {
            BytesMax = 64 * 1024,
            MemoryBytesMax = 1024 * 1024,
            RetryDelay = TimeSpan.FromMilliseconds(10),
        };
        using var spool = SpoolRig.Open(options);
        var added = 0;

        while (!spool.IsDiskUnwell)
        {
            await SpoolRig.AddAsync(spool, 10, from: added + 1);
            added += 10;
        }

        var taken = spool.TakeFromMemory(1000);
        taken.Count.ShouldBeGreaterThan(0);
        PublishNext(spool, count: int.MaxValue);
        await Testing.Eventually.HoldsAsync(() => !spool.IsDiskUnwell);
        spool.MarkPublished(taken);
        PublishNext(spool, count: int.MaxValue);

        Total(spool).ShouldBe((Observed: added, Published: added, Spooled: 0, Difference: 0));
    }

    [Fact]
    public void A_report_is_read_as_it_was_written_and_anything_else_is_none()
    {
        var report = new HourReport("gw-1", Guid.NewGuid(), [new(Noon, 5, 2, 1, 1, 1)]);

        HourReport.TryRead(report.ToBytes()).ShouldNotBeNull().Hours.ShouldBe(report.Hours);
        HourReport.TryRead("nothing"u8).ShouldBeNull();
        HourReport.TryRead("{}"u8).ShouldBeNull();
        HourReport.TryRead("""{"source":null,"spool":null,"hours":null}"""u8).ShouldBeNull();
        HourReport.TryRead(
            """{"source":"x","spool":"0196d3f0-2c1e-7a70-8a5e-0123456789ab","hours":[null]}"""u8).ShouldBeNull();
        HourReport.TryRead((report with { Source = "" }).ToBytes()).ShouldBeNull();
        HourReport.TryRead((report with { Hours = [.. report.Hours, .. report.Hours] }).ToBytes()).ShouldBeNull();
        HourReport.TryRead((report with { Hours = [new(Noon, -1, 0, 0, 0, 0)] }).ToBytes()).ShouldBeNull();
        HourReport.TryRead((report with { Hours = [new(Noon.AddTicks(1), 1, 0, 0, 0, 0)] }).ToBytes()).ShouldBeNull();
        HourReport.TryRead((report with { Hours = HoursOf(HourReport.HoursMax) }).ToBytes()).ShouldNotBeNull();
        HourReport.TryRead((report with { Hours = HoursOf(HourReport.HoursMax + 1) }).ToBytes()).ShouldBeNull();
        HourReport.TryRead(new byte[HourReport.BytesMax + 1]).ShouldBeNull();
    }

    private static HourFigures[] HoursOf(int count) =>
    [
        .. Enumerable.Range(0, count).Select(n => new HourFigures(
            Noon.AddHours(n), EnvelopeReader.SequenceMax, EnvelopeReader.SequenceMax, EnvelopeReader.SequenceMax,
            EnvelopeReader.SequenceMax, EnvelopeReader.SequenceMax)),
    ];

    private static SpoolRecord Record(DateTimeOffset at, long sequence) =>
        new(sequence, Guid.CreateVersion7(at), default);

    private static void PublishNext(UsageSpool spool, int count)
    {
        using var reader = spool.Store!.ReadUnpublished();
        SettledRecord[] settled =
            [.. Rig.SpoolFiles.ReadAll(reader).Take(count).Select(record => new SettledRecord(record, false))];
        spool.Store.Advance(reader.Position, settled);
    }

    private static async Task AddInTwoLivesAsync(SpoolOptions options)
    {
        using (var spool = SpoolRig.Open(options))
        {
            await SpoolRig.AddAsync(spool, 5);
            PublishNext(spool, count: 2);
        }

        using var again = SpoolRig.Open(options);
        await SpoolRig.AddAsync(again, 2);
    }

    // It is there and can't be opened, not by root either. Gives what puts it right, though never while the folder is
    // being opened, which would see the one's length and the other's bytes.
    private static Action BreakLastSegment(string folder, Lock whole)
    {
        var segment = Directory.GetFiles(folder, "*.segment").Order().Last();
        var away = segment + ".away";
        File.Move(segment, away);
        File.CreateSymbolicLink(segment, Path.Combine(folder, "nothing"));
        return () =>
        {
            lock (whole)
            {
                File.Move(away, segment, overwrite: true);
            }
        };
    }

    private static int OpenHandles(string path) => Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Count(handle => new FileInfo(handle).LinkTarget == path);

    // As a crash leaves it: nothing is closed, and nobody owns it.
    private static string SpoolFolderCopy(string folder)
    {
        var copy = Testing.TestFolder.Make("spool");

        foreach (var file in Directory.GetFiles(folder).Where(file => Path.GetFileName(file) != "owner"))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    private static (long Observed, long Published, long Spooled, long Difference) Total(UsageSpool spool)
    {
        var hours = spool.Counters.Hours.Read();
        return (hours.Sum(hour => hour.Observed), hours.Sum(hour => hour.Published), hours.Sum(hour => hour.Spooled),
            hours.Sum(hour => hour.Difference));
    }
}
