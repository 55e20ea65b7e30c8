using System.Diagnostics;
using EventLedger.EventStore.Proofs;
using EventLedger.Ledger.Cli;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

/// <summary>Receipts and anchors from the command line, with keys that openssl made.</summary>
public class ProvingToOthers
{
    private readonly string folder = TestFolder.Make("proof");

    [Fact]
    public async Task A_receipt_is_checked_offline_against_a_block_hash_or_an_anchor()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();
        var (receipt, anchors) = (In("receipt.json"), In("anchors"));
        await MakeKeysAsync();
        var eventId = await ledger.ScalarAsync<Guid>("select id from mt_events where seq_id = 5");
        var hash = await ledger.ScalarAsync<string>(
            "select encode(hash, 'hex') from blocks where 5 between first_position and first_position + positions - 1");
        (await ledger.RunAsync("anchor", "--key", In("private.pem"), "--out", anchors)).ExitCode.ShouldBe(0);

        (await ledger.RunAsync("receipt", $"{eventId}", "--anchor", anchors, "--out", receipt)).ShouldBe((0, ""));

        var (exitCode, output) = await RunOfflineAsync("check-receipt", receipt);
        exitCode.ShouldBe(0);
        output.ShouldContain($"event {eventId} is at position 5");
        output.ShouldContain(hash);
        (await RunOfflineAsync("check-receipt", receipt, "--block-hash", hash)).ExitCode.ShouldBe(0);
        (await RunOfflineAsync(
            "check-receipt", receipt, "--anchor", anchors, "--public-key", In("public.pem"))).ExitCode.ShouldBe(0);
        (await RunOfflineAsync("check-receipt", receipt, "--block-hash", new string('0', 64))).ExitCode.ShouldBe(1);
    }

    [Fact]
    public async Task A_receipt_of_another_history_does_not_fit_the_anchor()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();
        await using var other = await VerifyingFromTheCommandLine.CreateFilledAsync();
        await MakeKeysAsync();
        await other.RunAsync("anchor", "--key", In("private.pem"), "--out", In("anchors"));
        var eventId = await ledger.ScalarAsync<Guid>("select id from mt_events where seq_id = 5");
        await ledger.RunAsync("receipt", $"{eventId}", "--out", In("receipt.json"));

        var (exitCode, output) = await RunOfflineAsync("check-receipt", In("receipt.json"), "--anchor", In("anchors"));

        exitCode.ShouldBe(1);
        output.ShouldContain("was anchored");
        (await ledger.RunAsync("verify", "--anchor", In("anchors"))).Output.ShouldContain("WRONG: position 1 ");
    }

    [Fact]
    public async Task Anchors_gather_in_a_file_and_verify_passes_through_them_all()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();
        await MakeKeysAsync();
        await ledger.RunAsync("anchor", "--key", In("private.pem"), "--out", In("anchors"));
        await ledger.RecordAsync(Envelopes.Of("c", "another"), 200);
        var printed = await ledger.RunAsync("anchor", "--key", In("private.pem"));
        await File.AppendAllTextAsync(In("anchors"), printed.Output);

        var (exitCode, output) = await ledger.RunAsync(
            "verify", "--anchor", In("anchors"), "--public-key", In("public.pem"));

        exitCode.ShouldBe(0, output);
        (await File.ReadAllLinesAsync(In("anchors"))).Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_signature_of_someone_else_is_refused_before_anything_is_checked()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();
        await MakeKeysAsync();
        await ledger.RunAsync("anchor", "--key", In("private.pem"), "--out", In("anchors"));
        await MakeKeysAsync();

        var (exitCode, output) = await ledger.RunAsync(
            "verify", "--anchor", In("anchors"), "--public-key", In("public.pem"));

        exitCode.ShouldBe(1);
        output.ShouldContain("signed with another key");
    }

    [Fact]
    public async Task An_anchor_ahead_of_the_ledger_tells_what_is_missing()
    {
        await using var ledger = await VerifyingFromTheCommandLine.CreateFilledAsync();
        await MakeKeysAsync();
        await ledger.RunAsync("anchor", "--key", In("private.pem"), "--out", In("anchors"));
        await using var empty = await LedgerHost.StartAsync();

        (await empty.RunAsync("verify", "--anchor", In("anchors"))).Output
            .ShouldContain("WRONG: position 1 is missing: the ledger ends with block 0 at position 0");
    }

    [Theory]
    [InlineData("check-receipt", "/nowhere/receipt.json")]
    [InlineData("verify", "--anchor", "/nowhere/anchors")]
    [InlineData("anchor", "--key", "/nowhere/key.pem")]
    [InlineData("receipt", "7f3c1f64-0000-0000-0000-000000000000", "--anchor", "/nowhere/anchors")]
    public async Task A_file_that_cannot_be_read_is_named(params string[] args)
    {
        var (exitCode, output) = await RunOfflineAsync(args);

        exitCode.ShouldBe(1);
        output.ShouldContain("/nowhere/");
    }

    [Theory, InlineData(0, "isn't a receipt"), InlineData(1, "longer than 16777216 bytes")]
    public async Task A_receipt_is_read_up_to_its_bound(int bytesMore, string said)
    {
        await File.WriteAllTextAsync(In("receipt.json"), new string(' ', Receipt.BytesMax + bytesMore));

        var (exitCode, output) = await RunOfflineAsync("check-receipt", In("receipt.json"));

        exitCode.ShouldBe(1);
        output.ShouldContain(said);
    }

    [Fact]
    public async Task A_file_of_anchors_past_its_bound_is_not_read()
    {
        await using (var file = File.Create(In("anchors")))
        {
            file.SetLength(AnchorText.BytesMax + 1L);
        }

        var (exitCode, output) = await RunOfflineAsync("verify", "--anchor", In("anchors"));

        exitCode.ShouldBe(1);
        output.ShouldContain("longer than 268435456 bytes");
    }

    [Fact]
    public async Task An_event_that_is_not_there_has_no_receipt()
    {
        await using var ledger = await LedgerHost.StartAsync();

        (await ledger.RunAsync("receipt", $"{Guid.NewGuid()}")).Output.ShouldContain("isn't in the ledger");
        (await ledger.RunAsync("receipt", "nonsense")).ExitCode.ShouldBe(2);
    }

    // Without a setting: what is checked offline asks for none.
    private static async Task<(int ExitCode, string Output)> RunOfflineAsync(params string[] args)
    {
        var output = new StringWriter();
        return (await CommandLine.RunAsync(Verbs.Create(new(_ => null)), args, output, output), output.ToString());
    }

    private string In(string name) => Path.Combine(folder, name);

    private Task MakeKeysAsync() => MakeKeysAsync(In("private.pem"), In("public.pem"));

    internal static async Task MakeKeysAsync(string privateKey, string publicKey)
    {
        await OpensslAsync("ecparam", "-name", "prime256v1", "-genkey", "-out", privateKey);
        await OpensslAsync("ec", "-in", privateKey, "-pubout", "-out", publicKey);
    }

    private static async Task OpensslAsync(params string[] args)
    {
        using var openssl = Process.Start(
            new ProcessStartInfo("openssl", args) { RedirectStandardError = true, UseShellExecute = false })!;
        var said = await openssl.StandardError.ReadToEndAsync();
        await openssl.WaitForExitAsync();
        openssl.ExitCode.ShouldBe(0, said);
    }
}
