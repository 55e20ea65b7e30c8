using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EventLedger.EventStore.Blocks;
using EventLedger.EventStore.Verifying;

namespace EventLedger.EventStore.Tests;

public class CanonicalForms
{
    [Theory]
    [InlineData("""{ "b" : 1, "a" : [ true, null, false ] }""", """{"a":[true,null,false],"b":1}""")]
    [InlineData(
        """{"\u20ac":1,"\r":2,"\ud83d\ude00":3,"\ufb33":4,"1":5}""",
        "{\"\\r\":2,\"1\":5,\"€\":1,\"😀\":3,\"\ufb33\":4}")]
    [InlineData("""["\u000f\n\"\\\/\u00e9"]""", "[\"\\u000f\\n\\\"\\\\/é\"]")]
    [InlineData("[-9007199254740993, -9007199254740992, -0]", "[-9007199254740993,-9007199254740992,0]")]
    [InlineData("{}", "{}")]
    public void One_value_has_one_text(string json, string canonical) => Canonical(json).ShouldBe(canonical);

    [Theory]
    [InlineData("1.5")]
    [InlineData("[1e3]")]
    [InlineData("1E3")]
    public void A_number_that_is_not_whole_is_refused(string json) =>
        Should.Throw<FormatException>(() => Canonical(json)).Message.ShouldContain("whole");

    [Theory]
    [InlineData("""{"a":1,"a":1}""")]
    [InlineData("""{"b":1,"a":2,"\u0061":1}""")]
    [InlineData("""{"€":1,"\u20ac":1}""")]
    public void A_field_named_twice_is_refused(string json) => Should.Throw<JsonException>(() => Canonical(json));

    [Theory]
    [InlineData("")]
    [InlineData("{} {}")]
    [InlineData("01")]
    [InlineData("[1,]")]
    [InlineData("{\"a\":\"\t\"}")]
    [InlineData("""["\ud800"]""")]
    public void What_is_not_JSON_is_refused(string json) => Should.Throw<JsonException>(() => Canonical(json));

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused() =>
        Should.Throw<JsonException>(() => CanonicalJson.Of([(byte)'"', 0xff, (byte)'"']));

    [Fact]
    public void Fields_don_t_run_into_each_other()
    {
        Leaf("ab", "c").ShouldNotBe(Leaf("a", "bc"));
        Leaf("a", "b").ShouldBe(Leaf("a", "b"));
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(7), InlineData(100)]
    public void The_tree_is_that_of_RFC_6962(int count)
    {
        var leaves = Enumerable.Range(0, count).Select(n => SHA256.HashData(BitConverter.GetBytes(n))).ToArray();

        MerkleTree.Root(leaves.SelectMany(leaf => leaf).ToArray()).ShouldBe(ByDefinition(leaves));

        static byte[] ByDefinition(byte[][] leaves)
        {
            if (leaves.Length == 1)
            {
                return leaves[0];
            }

            var split = 1 << (int)Math.Log2(leaves.Length - 1);
            return SHA256.HashData([1, .. ByDefinition(leaves[..split]), .. ByDefinition(leaves[split..])]);
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(5), InlineData(8), InlineData(13)]
    public void A_path_leads_from_its_leaf_to_the_root_and_from_no_other(int count)
    {
        var leaves = Enumerable.Range(0, count).Select(n => SHA256.HashData(BitConverter.GetBytes(n))).ToArray();
        var root = MerkleTree.Root(leaves.SelectMany(leaf => leaf).ToArray());

        for (var index = 0; index < count; index++)
        {
            var path = MerklePath.Of(leaves, index);

            for (var other = 0; other < count; other++)
            {
                var leadsThere = MerklePath.Root(leaves[other], index, count, path)?.SequenceEqual(root) == true;
                leadsThere.ShouldBe(other == index);
                leadsThere = MerklePath.Root(leaves[index], other, count, path)?.SequenceEqual(root) == true;
                leadsThere.ShouldBe(other == index);
            }

            MerklePath.Root(leaves[index], index, count, [.. path, leaves[0]]).ShouldBeNull();
        }
    }

    [Fact]
    public async Task The_database_and_the_verifier_hash_a_block_alike()
    {
        await using var store = await TestStore.CreateAsync();
        var previous = SHA256.HashData("p"u8);
        var root = SHA256.HashData("r"u8);

        foreach (var (given, sql) in new[] { (root, "sha256('r')"), (null, "null") })
        {
            var block = new Block(Number: 5, FirstPosition: 70, Positions: 3, TimeUs: 1_795_000_000_123_456, given, []);

            (await store.ScalarAsync<byte[]>($"select block_hash(sha256('p'), 5, 70, 3, 1795000000123456, {sql})"))
                .ShouldBe(block.HashAfter(previous));
        }
    }

    [Fact]
    public void Sums_are_those_of_SipHash() =>
        new IdSum([.. Enumerable.Range(0, 16).Select(n => (byte)n)]).Hash([0x0706050403020100])
            .ShouldBe(0x93f5f5799a932462);

    private static string Canonical(string json)
    {
        var output = new ArrayBufferWriter<byte>();
        CanonicalJson.Write(Encoding.UTF8.GetBytes(json), output);
        var canonical = Encoding.UTF8.GetString(output.WrittenSpan);

        Encoding.UTF8.GetString(CanonicalJson.Of(output.WrittenSpan)).ShouldBe(canonical);
        return canonical;
    }

    private static byte[] Leaf(string stream, string type)
    {
        var hash = new byte[LeafHash.Size];
        LeafHash.Compute(stream, 1, Guid.Empty, type, "{}"u8, hash);
        return hash;
    }
}
