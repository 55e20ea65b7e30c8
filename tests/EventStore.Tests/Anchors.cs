using System.Security.Cryptography;
using EventLedger.EventStore.Proofs;
using EventLedger.EventStore.Verifying;

namespace EventLedger.EventStore.Tests;

/// <summary>What was kept elsewhere finds what the ledger alone can't tell.</summary>
public class Anchors
{
    [Fact]
    public async Task A_history_rewritten_wholesale_is_found_behind_the_last_anchor_that_holds()
    {
        await using var store = await TestStore.CreateAsync();
        using var key = Receipts.NewKey();
        await store.AppendAsync(TestStore.Event("a", 101), TestStore.Event("b", 102));
        var first = await Receipts.AnchorAsync(store, key);
        await store.FillAsync();
        var second = await Receipts.AnchorAsync(store, key);

        await Rewriting.RewriteAsync(
            store, fromBlock: 3, "update mt_events set data = jsonb_set(data, '{n}', '77') where seq_id = 7");

        (await store.VerifyAsync()).Finding.ShouldBeNull();
        (await VerifyAsync(store, first)).ShouldBeNull();
        var finding = (await VerifyAsync(store, [.. second, .. first])).ShouldNotBeNull();
        finding.Position.ShouldBe(3);
        finding.Message.ShouldContain("up to 14 was rewritten");
        (await VerifyAsync(store, second)).ShouldNotBeNull().Position.ShouldBe(1);
    }

    [Fact]
    public async Task A_tail_cut_off_with_all_that_tells_of_it_is_found_at_the_first_missing_position()
    {
        await using var store = await TestStore.CreateAsync();
        using var key = Receipts.NewKey();
        await store.FillAsync();
        var anchors = await Receipts.AnchorAsync(store, key);

        await Rewriting.TruncateAsync(store, afterBlock: 2);

        (await store.VerifyAsync()).Finding.ShouldBeNull();
        var finding = (await VerifyAsync(store, anchors)).ShouldNotBeNull();
        finding.Position.ShouldBe(7);
        finding.Message.ShouldContain("block 4 at position 12 was anchored");
    }

    [Fact]
    public async Task The_chain_may_be_checked_from_an_anchor_on()
    {
        await using var store = await TestStore.CreateAsync();
        using var key = Receipts.NewKey();
        await store.FillAsync();
        var anchors = await Receipts.AnchorAsync(store, key);
        await store.AppendAsync(TestStore.Event("s1", 100));
        await store.ExecuteAsync("update mt_events set data = '{}' where seq_id = 2");
        var options = new VerifyOptions { From = 13, Anchors = anchors };

        (await store.VerifyAsync(options)).ShouldBe(new(1, 1, 0, HeadPosition: 13, Finding: null));

        var other = anchors[0] with { Hash = new byte[32] };
        (await store.VerifyAsync(options with { Anchors = [other] })).Finding.ShouldNotBeNull();
    }

    [Fact]
    public async Task The_text_is_one_line_that_openssl_can_check_and_is_read_as_it_was_written()
    {
        await using var store = await TestStore.CreateAsync();
        using var key = Receipts.NewKey();
        await store.FillAsync();
        var anchor = (await Receipts.AnchorAsync(store, key))[0];

        var line = AnchorText.Write(anchor);

        line.ShouldNotContain('\n');
        AnchorText.Write(AnchorText.ReadAll([line, line])[1]).ShouldBe(line);
        key.Check(AnchorText.ReadAll([line])[0]);
    }

    [Fact]
    public async Task Another_key_or_another_content_is_refused()
    {
        await using var store = await TestStore.CreateAsync();
        using var key = Receipts.NewKey();
        using var other = Receipts.NewKey();
        await store.FillAsync();
        var anchor = (await Receipts.AnchorAsync(store, key))[0];

        Should.Throw<ProofException>(() => other.Check(anchor)).Message.ShouldContain("another key");
        Should.Throw<ProofException>(() => key.Check(anchor with { Position = 11 })).Message.ShouldContain("signature");
        Should.Throw<ProofException>(() => key.Check(anchor with { Signature = [1, 2] }));
    }

    [Fact]
    public async Task An_empty_ledger_has_nothing_to_anchor()
    {
        await using var store = await TestStore.CreateAsync();
        using var key = Receipts.NewKey();

        (await Should.ThrowAsync<ProofException>(() => Receipts.AnchorAsync(store, key)))
            .Message.ShouldContain("no block yet");
    }

    [Fact]
    public void A_file_without_an_anchor_or_with_something_else_is_refused()
    {
        Should.Throw<ProofException>(() => AnchorText.ReadAll([]));
        Should.Throw<ProofException>(() => AnchorText.ReadAll(["{}"])).Message.ShouldContain("Line 1");
        Should.Throw<ProofException>(() => AnchorText.ReadAll(
            Enumerable.Repeat(AnchorText.Write(new(1, 1, 1, new byte[32], new byte[32], [])), AnchorText.LinesMax + 1)))
            .Message.ShouldContain("more than");
    }

    [Fact]
    public void A_key_on_another_curve_or_none_at_all_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var publicOnly = AnchorKey.Read(key.ExportSubjectPublicKeyInfoPem());

        Should.Throw<ProofException>(() => AnchorKey.Read(other.ExportPkcs8PrivateKeyPem()));
        Should.Throw<ProofException>(() => AnchorKey.Read("no key"));
        Should.Throw<ProofException>(() => publicOnly.Sign(new(1, 1, 1, 1, null, new byte[32])))
            .Message.ShouldContain("public");
    }

    private static async Task<Finding?> VerifyAsync(TestStore store, Anchor[] anchors) =>
        (await store.VerifyAsync(new VerifyOptions { Anchors = anchors, Readers = 2 })).Finding;
}
