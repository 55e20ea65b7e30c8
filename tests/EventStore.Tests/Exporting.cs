using System.Text;
using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Exporting;
using EventLedger.EventStore.Proofs;
using EventLedger.EventStore.Verifying;

namespace EventLedger.EventStore.Tests;

/// <summary>A ledger goes out as lines and comes back as the same ledger, or not at all.</summary>
public class Exporting
{
    // Line 1 is the header; then come block 1 with positions 1 to 3, and so on.
    private const int LineOfPosition7 = 10;

    private const string DigestField = "\"digest\":\"";

    [Fact]
    public async Task A_ledger_comes_back_equal_to_the_byte_void_blocks_and_all()
    {
        await using var store = await CreateFilledAsync();
        await using var copy = await TestStore.CreateAsync();
        var exported = await ExportAsync(store);

        var report = await ImportAsync(copy, exported);

        report.Events.ShouldBe(13);
        report.Blocks.ShouldBe(6);
        Text(await ExportAsync(copy)).ShouldBe(Text(exported));
        (await copy.VerifyAsync()).Finding.ShouldBeNull();
        (await copy.ScalarAsync<byte[]>("select hash from head"))
            .ShouldBe(await store.ScalarAsync<byte[]>("select hash from head"));
    }

    [Fact]
    public async Task What_comes_in_afterwards_goes_on_from_there_and_known_ids_are_known()
    {
        await using var store = await CreateFilledAsync();
        await using var copy = await TestStore.CreateAsync();
        await ImportAsync(copy, await ExportAsync(store));

        await copy.AppendAsync(TestStore.Event("s0", 3), TestStore.Event("s0", 99));

        (await copy.ScalarAsync<long>("select max(seq_id) from mt_events")).ShouldBe(15);
        (await copy.ScalarAsync<long>("select count(*) from mt_events")).ShouldBe(14);
        (await copy.VerifyAsync()).Finding.ShouldBeNull();
    }

    [Fact]
    public async Task An_empty_ledger_comes_back_empty_and_takes_events()
    {
        await using var store = await TestStore.CreateAsync();
        await using var copy = await TestStore.CreateAsync();

        await ImportAsync(copy, await ExportAsync(store));

        (await copy.AppendAsync(TestStore.Event("s", 1))).FirstPosition.ShouldBe(1);
        (await copy.VerifyAsync()).Finding.ShouldBeNull();
    }

    [Theory]
    [InlineData("changed data", "position 7 was changed")]
    [InlineData("changed digest", "position 7 was changed")]
    [InlineData("changed data and digest", "position 7 or a later one up to 9 was changed")]
    [InlineData("missing", "position 7 is missing")]
    [InlineData("doubled", "position 7 comes a second time")]
    [InlineData("swapped", "position 7 is missing: position 8 comes instead")]
    [InlineData("spaced", "isn't in the form")]
    [InlineData("capital id", "isn't in the form")]
    [InlineData("doubled field", "names a field twice")]
    [InlineData("nonsense", "is no line of an export")]
    public async Task A_line_that_was_tampered_with_is_named_and_nothing_is_imported(string how, string named)
    {
        await using var store = await CreateFilledAsync();
        await using var copy = await TestStore.CreateAsync();
        var lines = Text(await ExportAsync(store)).Split('\n').ToList();
        var line = lines[LineOfPosition7];
        line.ShouldContain("\"position\":7,");

        switch (how)
        {
            case "changed data": lines[LineOfPosition7] = line.Replace("\"n\":6", "\"n\":7"); break;
            case "changed digest": lines[LineOfPosition7] = WithDigest(line, 1); break;
            case "changed data and digest":
                lines[LineOfPosition7] = Redigested(line.Replace("\"n\":6", "\"n\":7"));
                break;
            case "missing": lines.RemoveAt(LineOfPosition7); break;
            case "doubled": lines.Insert(LineOfPosition7, line); break;
            case "swapped":
                (lines[LineOfPosition7], lines[LineOfPosition7 + 1]) = (lines[LineOfPosition7 + 1], line);
                break;
            case "spaced": lines[LineOfPosition7] = line.Replace("\"n\":6", "\"n\": 6"); break;
            case "capital id": lines[LineOfPosition7] = line.Replace("\"id\":\"00000006", "\"id\":\"0000000A"); break;
            case "doubled field": lines[LineOfPosition7] = line.Replace("\"n\":6", "\"n\":6,\"n\":6"); break;
            default: lines[LineOfPosition7] = "{\"even"; break;
        }

        lines[LineOfPosition7].ShouldNotBe(how is "doubled" ? null : line);
        await ShouldRefuseAsync(copy, string.Join('\n', lines), named);
    }

    [Theory]
    [InlineData("\"first_position\":7", "\"first_position\":8", "position 7 is where block 3 begins")]
    [InlineData("\"export\":1", "\"export\":2", "line 1: it is no line of an export: its format has version 2")]
    public async Task A_block_or_header_that_was_changed_is_named(string text, string changed, string named)
    {
        await using var store = await CreateFilledAsync();
        await using var copy = await TestStore.CreateAsync();
        var exported = Text(await ExportAsync(store));

        await ShouldRefuseAsync(
            copy, exported.Replace(text, changed), named.Replace("is where block 3 begins", "block 3 begins at"));
    }

    [Fact]
    public async Task Every_line_that_is_left_out_or_said_twice_is_missed()
    {
        await using var store = await CreateFilledAsync();
        await using var copy = await TestStore.CreateAsync();
        var lines = Text(await ExportAsync(store)).TrimEnd('\n').Split('\n');

        for (var n = 0; n < lines.Length; n++)
        {
            await ShouldRefuseAsync(copy, string.Concat(lines.Where((_, i) => i != n).Select(End)), "line ");
            await ShouldRefuseAsync(
                copy, string.Concat(lines.SelectMany((line, i) => i == n ? [line, line] : new[] { line }).Select(End)),
                "line ");
        }

        await ImportAsync(copy, string.Concat(lines.Select(End)));
    }

    [Fact]
    public async Task A_file_that_was_cut_off_is_refused_wherever_it_ends()
    {
        await using var store = await CreateFilledAsync();
        await using var copy = await TestStore.CreateAsync();
        var exported = Text(await ExportAsync(store));

        for (var length = 0; length < exported.Length; length += 97)
        {
            await ShouldRefuseAsync(copy, exported[..length], "nothing is imported");
        }
    }

    [Fact]
    public async Task A_line_past_its_bound_is_refused()
    {
        await using var copy = await TestStore.CreateAsync();

        await ShouldRefuseAsync(
            copy, new string(' ', LineReader.LineBytesMax + 1),
            $"line 1: it is longer than {LineReader.LineBytesMax} bytes; nothing is imported");
    }

    [Fact]
    public async Task A_line_without_an_end_is_the_one_that_is_named()
    {
        await using var store = await CreateFilledAsync();
        await using var copy = await TestStore.CreateAsync();
        var lines = Text(await ExportAsync(store)).Split('\n');

        await ShouldRefuseAsync(
            copy, $"{lines[0]}\n{lines[1]}\n{lines[2]}",
            "line 3: it has no end: the file was cut off; nothing is imported");
    }

    [Fact]
    public async Task A_ledger_that_holds_something_takes_no_import()
    {
        await using var store = await CreateFilledAsync();

        await ShouldRefuseAsync(store, Text(await ExportAsync(store)), "isn't empty", isEmpty: false);

        (await store.VerifyAsync()).Finding.ShouldBeNull();
    }

    [Fact]
    public async Task An_id_that_is_there_twice_under_a_chain_made_anew_is_refused()
    {
        await using var store = await TestStore.CreateAsync();
        await store.FillAsync();
        await Rewriting.RewriteAsync(
            store, 3, "update mt_events set id = (select id from mt_events where seq_id = 6) where seq_id = 7");
        await using var copy = await TestStore.CreateAsync();

        await ShouldRefuseAsync(copy, Text(await ExportAsync(store)), "can't be stored");
    }

    [Theory]
    [InlineData("update mt_events set data = jsonb_set(data, '{n}', '0') where seq_id = 7", 7)]
    [InlineData("update mt_events set timestamp = timestamp + interval '1 microsecond' where seq_id = 7", 7)]
    [InlineData("update mt_events set headers = '{}' where seq_id = 7", 7)]
    [InlineData("update mt_events set version = version + 100 where seq_id = 7", 7)]
    [InlineData("update mt_events set data = data || '{\"more\":1.5}' where seq_id = 7", 7)]
    [InlineData("delete from mt_events where seq_id = 7", 7)]
    [InlineData("update mt_events set seq_id = 13 where seq_id = 14", 13)]
    [InlineData("update blocks set hash = sha256('x') where first_position = 7", 7)]
    [InlineData("update head set position = 13", 14)]
    public async Task A_ledger_that_is_not_whole_is_not_exported(string change, long position)
    {
        await using var store = await CreateFilledAsync();
        await store.ExecuteAsync("set session_replication_role = replica;" + change);

        var refused = await Should.ThrowAsync<ProofException>(() => ExportAsync(store));

        refused.Message.ShouldStartWith($"position {position} ");
    }

    [Fact]
    public async Task Many_batches_over_several_partitions_come_back_equal()
    {
        const int Events = 2 * ImportBatch.RowsMax + 500;
        await using var store = await TestStore.CreateAsync();
        await using var copy = await TestStore.CreateAsync();
        await store.AppendAsync([.. Enumerable.Range(0, Events).Select(n => TestStore.Event($"s{n % 7}", n))]);
        await store.ExecuteAsync("select setval('mt_events_sequence', 3999999)");
        await store.ExecuteAsync("select create_event_partition(slot) from generate_series(3, 4) as slot");
        await store.AppendAsync([.. Enumerable.Range(Events, 3).Select(n => TestStore.Event("s", n))]);

        await ImportAsync(copy, await ExportAsync(store));

        (await copy.ScalarAsync<long>("select max(seq_id) from mt_events")).ShouldBe(4_000_002);
        Text(await ExportAsync(copy)).ShouldBe(Text(await ExportAsync(store)));
        (await copy.AppendAsync(TestStore.Event("s", Events + 3))).FirstPosition.ShouldBe(4_000_003);
        (await copy.VerifyAsync()).Finding.ShouldBeNull();
    }

    [Fact]
    public async Task Appends_wait_for_the_end_of_an_import()
    {
        await using var store = await CreateFilledAsync();
        await using var copy = await TestStore.CreateAsync();
        var exported = Encoding.UTF8.GetBytes(Text(await ExportAsync(store)));
        var pipe = new System.IO.Pipelines.Pipe();
        await pipe.Writer.WriteAsync(exported.AsMemory(0, 200));
        var importing = ImportAsync(copy, pipe.Reader.AsStream());
        await Testing.Eventually.HoldsAsync(async () => await copy.ScalarAsync<long>(
            "select count(*) from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and granted "
            + "and database = (select oid from pg_database where datname = current_database())") > 0);

        var appending = copy.AppendAsync(TestStore.Event("s", 99));
        await Testing.Eventually.HoldsAsync(async () => await copy.ScalarAsync<long>(
            "select count(*) from pg_locks where locktype = 'advisory' and not granted "
            + "and database = (select oid from pg_database where datname = current_database())") > 0);
        await pipe.Writer.WriteAsync(exported.AsMemory(200));
        await pipe.Writer.CompleteAsync();

        (await importing).Events.ShouldBe(13);
        (await appending).FirstPosition.ShouldBe(15);
        (await copy.VerifyAsync()).Finding.ShouldBeNull();
    }

    internal static async Task<byte[]> ExportAsync(TestStore store)
    {
        using var output = new MemoryStream();
        await using var snapshot = await LedgerSnapshot.TakeAsync(store.Database, CancellationToken.None);
        await new LedgerExport(snapshot).WriteAsync(output, progress: null, CancellationToken.None);
        return output.ToArray();
    }

    // Four blocks of three events, a position that failed, and one event more.
    private static async Task<TestStore> CreateFilledAsync()
    {
        var store = await TestStore.CreateAsync();
        await store.FillAsync();
        await store.FailAsync(TestStore.Event("s0", 50));
        await store.AppendAsync(TestStore.Event("größer \"s\"\n", 13));
        return store;
    }

    private static Task<ExportReport> ImportAsync(TestStore store, string exported) =>
        ImportAsync(store, Encoding.UTF8.GetBytes(exported));

    private static Task<ExportReport> ImportAsync(TestStore store, byte[] exported) =>
        ImportAsync(store, new MemoryStream(exported));

    private static Task<ExportReport> ImportAsync(TestStore store, Stream exported) =>
        new LedgerImport(store.Database, _ => "Tests.Counted, Tests", (_, _) => Task.CompletedTask)
            .ReadAsync(exported, progress: null, CancellationToken.None);

    private static async Task ShouldRefuseAsync(TestStore store, string exported, string named, bool isEmpty = true)
    {
        var refused = await Should.ThrowAsync<ProofException>(() => ImportAsync(store, exported));
        refused.Message.ShouldContain(named);

        if (isEmpty)
        {
            (await store.ScalarAsync<long>("select count(*) from mt_events")).ShouldBe(0);
            (await store.ScalarAsync<long>("select count(*) from blocks")).ShouldBe(0);
            (await store.ScalarAsync<long>("select count(*) from mt_streams")).ShouldBe(0);
        }
    }

    private static string Text(byte[] exported) => Encoding.UTF8.GetString(exported);

    private static string End(string line) => line + "\n";

    private static string WithDigest(string line, long digest)
    {
        var at = line.IndexOf(DigestField, StringComparison.Ordinal) + DigestField.Length;
        return $"{line[..at]}{digest:x16}{line[(at + 16)..]}";
    }

    private static string Redigested(string line)
    {
        using var reader = new ExportReader();
        var (@event, _) = (ExportLine.OfEvent)reader.Read(Encoding.UTF8.GetBytes(line));
        var leaf = new byte[LeafHash.Size];
        LeafHash.Compute(@event.StreamId, @event.Version, @event.Id, @event.Type, @event.Data, leaf);
        return WithDigest(line, LeafHash.Digest(leaf));
    }
}
