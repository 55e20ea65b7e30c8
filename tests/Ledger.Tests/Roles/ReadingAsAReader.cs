using System.Security.Cryptography;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests.Roles;

public class ReadingAsAReader
{
    private readonly string folder = TestFolder.Make("reader");

    [Fact]
    public async Task Every_verb_that_only_reads_works()
    {
        await using var ledger = await LedgerHost.StartAsync();
        await using var broker = new Producer(ledger.Nats.Url);
        var first = await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await ledger.GrantAsync("c", "g", 1000, tenant: null);
        await broker.PublishAsync("not json");
        await Eventually.BecomesAsync(ledger.DeadLettersAsync, letters => letters.Length == 1);
        await ledger.RolledUpAsync();
        var reader = LedgerHost.Settings(await ledger.ReaderUrlAsync(), ledger.Nats.Url, port: 1);

        foreach (var (words, exitCode) in Verbs(first.Entry()))
        {
            var (found, output) = await LedgerHost.RunAsync(reader, words.Split(' '));
            found.ShouldBe(exitCode, $"{words}: {output}");
            output.ShouldNotContain("may not");
        }
    }

    [Theory]
    [InlineData("rebuild all")]
    [InlineData("dead-letters discard 1 --reason none")]
    [InlineData("rerate --price-book BOOK --from 2026-11-01 --to 2026-12-01 --book")]
    [InlineData("import LEDGER")]
    public async Task A_verb_that_writes_is_refused_with_one_line_that_says_why(string words)
    {
        await using var ledger = await LedgerHost.StartAsync();
        await ledger.RecordAsync(Envelopes.Of("c", "r"), 200);
        await ledger.RunAsync("export", Export);
        var reader = LedgerHost.Settings(await ledger.ReaderUrlAsync(), ledger.Nats.Url, port: 1);

        var (exitCode, output) = await LedgerHost.RunAsync(
            reader, words.Replace("BOOK", Book()).Replace("LEDGER", Export).Split(' '));

        exitCode.ShouldBe(1, output);
        output.Trim().Split('\n')[^1].ShouldStartWith("ledger: ");
        (await ledger.ScalarAsync<long>("select position from head")).ShouldBe(2);
    }

    private string Export => Path.Combine(folder, "ledger.ndjson");

    private IEnumerable<(string Words, int ExitCode)> Verbs(Guid entry) =>
    [
        ("migrate", 0),
        ("verify --parallel 2", 0),
        ("verify --customer c", 0),
        ("verify --from 2", 0),
        ($"anchor --key {Key()} --out {folder}/anchors", 0),
        ($"verify --anchor {folder}/anchors", 0),
        ($"receipt {entry} --out {folder}/receipt.json", 0),
        ("replay --compare", 0),
        ($"export {Export}", 0),
        ("balance c", 0),
        ("balance c --position 2", 0),
        ("entries c", 0),
        ("statement c --from 2020-01-01 --to 2100-01-01", 0),
        ($"rerate --price-book {Book()} --from 2020-01-01 --to 2100-01-01", 0),
        ("reconcile --from 2020-01-01 --to 2100-01-01", 0),
        ("conservation --from 2020-01-01", 0),
        ("dead-letters list", 0),
        ("dead-letters show 1", 0),
        ("status", 1),
        ("status --sources", 0),
    ];

    private string Key()
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Write("key.pem", ecdsa.ExportPkcs8PrivateKeyPem());
    }

    private string Book() => Write(
        "book.json", """{"version":"1","prices":[{"model":"*","per":"token","prompt":1,"completion":1}]}""");

    private string Write(string name, string text)
    {
        var file = Path.Combine(folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
