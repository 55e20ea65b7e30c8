using System.Security.Cryptography;
using System.Text;
using EventLedger.EventStore.Proofs;

namespace EventLedger.EventStore.Tests;

public class Receipts
{
    [Fact]
    public async Task Every_event_of_a_block_has_one_and_it_is_read_as_it_was_written()
    {
        await using var store = await CreateFilledAsync();

        for (var n = 0; n < 12; n++)
        {
            var receipt = await MakeAsync(store, n);

            receipt.FindFault().ShouldBeNull();
            receipt.Event.Position.ShouldBe(n + 1);
            var text = ReceiptText.Write(receipt);
            ReceiptText.Write(ReceiptText.Read(text + "\n")).ShouldBe(text);
        }
    }

    [Fact]
    public async Task No_bit_of_one_can_be_changed()
    {
        await using var store = await CreateFilledAsync();
        using var key = NewKey();
        var anchors = await AnchorAsync(store, key);
        var text = Encoding.UTF8.GetBytes(ReceiptText.Write(await MakeAsync(store, 4, anchors)));

        for (var bit = 0; bit < 8 * text.Length; bit++)
        {
            var changed = text.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));

            Proves(Encoding.UTF8.GetString(changed), anchors[0]).ShouldBeFalse(Encoding.UTF8.GetString(changed));
        }

        Proves(Encoding.UTF8.GetString(text), anchors[0]).ShouldBeTrue();
    }

    [Fact]
    public async Task With_anchors_it_leads_to_the_first_one_that_covers_the_event()
    {
        await using var store = await CreateFilledAsync();
        using var key = NewKey();
        var anchors = await AnchorAsync(store, key);
        await store.AppendAsync(TestStore.Event("later", 100));

        var receipt = await MakeAsync(store, 1, anchors);

        receipt.Block.Number.ShouldBe(1);
        receipt.Later.Select(block => block.Number).ShouldBe([2, 3, 4]);
        anchors[0].IsOf(receipt.Later[^1]).ShouldBeTrue();
        (await Should.ThrowAsync<ProofException>(() => MakeAsync(store, 100, anchors)))
            .Message.ShouldContain("No anchor is of block 5");
    }

    [Fact]
    public async Task An_anchor_too_far_away_is_not_bridged()
    {
        await using var store = await CreateFilledAsync();
        var far = new Anchor(2 + Receipt.LaterBlocksMax, 1, 1, [], [], []);

        (await MakeAsync(store, 4, [far])).Later.Count.ShouldBe(2);
        (await Should.ThrowAsync<ProofException>(() => MakeAsync(store, 1, [far])))
            .Message.ShouldContain($"at most {Receipt.LaterBlocksMax}");
    }

    [Fact]
    public async Task What_is_not_there_or_was_changed_has_none()
    {
        await using var store = await CreateFilledAsync();
        await store.ExecuteAsync("update mt_events set data = jsonb_set(data, '{n}', '0') where seq_id = 7");

        (await Should.ThrowAsync<ProofException>(() => MakeAsync(store, 99))).Message.ShouldContain("isn't in");
        (await Should.ThrowAsync<ProofException>(() => MakeAsync(store, 6))).Message.ShouldContain("ledger verify");
    }

    [Theory]
    [InlineData("\"position\":5", "\"position\":-9223372036854775808")]
    [InlineData("\"positions\":3", "\"positions\":9223372036854775807")]
    [InlineData("\"number\":2", "\"number\":9223372036854775807")]
    [InlineData("\"path\":[\"", "\"path\":[\"00")]
    [InlineData("\"previous_hash\":\"", "\"previous_hash\":\"00")]
    [InlineData("\"root\":\"", "\"root\":\"00")]
    public async Task Values_that_no_ledger_has_are_refused(string value, string other)
    {
        await using var store = await CreateFilledAsync();
        var text = ReceiptText.Write(await MakeAsync(store, 4));
        text.ShouldContain(value);

        Should.Throw<ProofException>(() => ReceiptText.Read(text.Replace(value, other)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"receipt":1}""")]
    public void Anything_else_is_refused(string text) => Should.Throw<ProofException>(() => ReceiptText.Read(text));

    internal static AnchorKey NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return AnchorKey.Read(key.ExportPkcs8PrivateKeyPem());
    }

    internal static async Task<Anchor[]> AnchorAsync(TestStore store, AnchorKey key) =>
        [key.Sign(await AnchorSource.NewestAsync(store.Database, CancellationToken.None))];

    private static bool Proves(string text, Anchor anchor)
    {
        try
        {
            var receipt = ReceiptText.Read(text);
            return receipt.FindFault() is null && receipt.Blocks.Any(anchor.IsOf);
        }
        catch (ProofException)
        {
            return false;
        }
    }

    private static Task<Receipt> MakeAsync(TestStore store, int n, params Anchor[] anchors) =>
        new ReceiptSource(store.Database).MakeAsync(TestStore.IdOf(n), anchors, CancellationToken.None);

    private static async Task<TestStore> CreateFilledAsync()
    {
        var store = await TestStore.CreateAsync();
        await store.FillAsync();
        return store;
    }
}
