using System.Security.Cryptography;
using EventLedger.Ledger.Cli;
using EventLedger.Ledger.Settings;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests.Cli;

public class ExitCodes
{
    private const string Nowhere = "postgres://nobody@127.0.0.1:1/none";

    // These ask no server for anything, or wait for one as long as it takes.
    private static readonly string[] Alone = ["serve", "token", "check-receipt", "completion"];

    private static readonly Dictionary<string, string> Asking = new()
    {
        ["migrate"] = "",
        ["status"] = "",
        ["conservation"] = "",
        ["verify"] = "",
        ["anchor"] = "--key KEY",
        ["receipt"] = "01890a5d-ac96-774b-bcce-b302099a8057",
        ["rebuild"] = "all",
        ["replay"] = "--compare",
        ["export"] = "-",
        ["import"] = "BOOK",
        ["import-legacy"] = $"--from {Nowhere}",
        ["rerate"] = "--price-book BOOK --from 2026-11-01 --to 2026-12-01",
        ["dead-letters list"] = "",
        ["dead-letters show"] = "1",
        ["dead-letters retry"] = "1",
        ["dead-letters discard"] = "1 --reason none",
        ["balance"] = "amina --at 2026-11-01",
        ["entries"] = "amina",
        ["statement"] = "amina --from 2026-11-01 --to 2026-12-01",
        ["redeliver"] = "",
        ["push-usage"] = "--once",
        ["healthcheck"] = "",
        ["pull-usage"] = "--once",
        ["reconcile"] = "--from 2026-11-01 --to 2026-12-01",
    };

    public static TheoryData<string> Doing => [.. EveryVerb.Doing.Select(verb => verb.Name)];

    public static TheoryData<string> AskingNames => [.. EveryVerb.Doing.Select(verb => verb.Name).Except(Alone)];

    [Theory, MemberData(nameof(AskingNames))]
    public async Task A_server_that_is_not_there_is_3_with_one_clear_line(string name)
    {
        Asking.Keys.ShouldContain(name, "a verb that asks a server is tried without one");
        var folder = TestFolder.Make("nowhere");
        var (key, book) = (Path.Combine(folder, "key.pem"), Path.Combine(folder, "book.json"));
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(key, ecdsa.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(
            book, """{"version":"1","prices":[{"model":"*","per":"token","prompt":1,"completion":1}]}""");
        var settings = LedgerHost.Settings(
            Nowhere, "nats://127.0.0.1:1", port: 1, ("FORGE_URL", $"file://{folder}/none.git"),
            ("ADMIN_SECRET", "a secret of the tests, long enough"));
        var words = $"{name} {Asking[name]}".Replace("KEY", key).Replace("BOOK", book);

        var (exitCode, output, error) = await RunAsync(settings, words);

        exitCode.ShouldBe(3, error);
        output.ShouldBeEmpty();
        error.Trim().Split('\n').ShouldHaveSingleItem().ShouldStartWith("ledger: ");
    }

    [Theory, MemberData(nameof(Doing))]
    public async Task An_unknown_option_is_2_and_named(string name)
    {
        var (exitCode, output, error) = await RunAsync(new(_ => null), $"{name} --no-such-option");

        exitCode.ShouldBe(2);
        output.ShouldBeEmpty();
        error.ShouldContain("--no-such-option");
    }

    [Theory, InlineData("balance nobody"), InlineData("balance nobody --position 0"), InlineData("entries nobody"),
        InlineData("statement nobody --from 2026-11-01 --to 2026-12-01"), InlineData("verify --customer nobody")]
    public async Task A_customer_that_is_not_known_is_1(string words)
    {
        await using var database = await TestPostgres.CreateDatabaseAsync();
        var settings = LedgerHost.Settings(database.Url, "nats://127.0.0.1:1", port: 1);
        await RunAsync(settings, "migrate");

        var (exitCode, _, error) = await RunAsync(settings, words);

        exitCode.ShouldBe(1);
        error.ShouldBe("ledger: customer nobody is not known\n");
    }

    [Theory]
    [InlineData("balance amina --at yesterday")]
    [InlineData("balance amina --at 2026-11-01 --position 1")]
    [InlineData("entries amina --limit 0")]
    [InlineData("statement amina --from 2026-11-01")]
    [InlineData("statement amina --from 2026-12-01 --to 2026-11-01")]
    [InlineData("completion tcsh")]
    public async Task Wrong_use_is_2_with_one_line(string words)
    {
        var (exitCode, output, error) = await RunAsync(new(_ => null), words);

        exitCode.ShouldBe(2);
        output.ShouldBeEmpty();
        error.Trim().Split('\n').ShouldHaveSingleItem();
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        LedgerSettings settings, string words)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var args = words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var exitCode = await CommandLine.RunAsync(Verbs.Create(settings), args, output, error);
        return (exitCode, $"{output}", $"{error}");
    }
}
