using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EventLedger.EventStore.Proofs;
using EventLedger.Testing;

namespace EventLedger.Ledger.Tests;

/// <summary>The example of <c>docs/proof.md</c>, computed as its text says, without the ledger's code.</summary>
public class ProofDocument
{
    public static string Text { get; } = File.ReadAllText(Path.Combine(ProjectFolder.Root, "docs", "proof.md"));

    private static string Line => Text.Split("```json\n")[1].Split('\n')[0];

    [Fact]
    public void The_example_is_a_receipt() => ReceiptText.Read(Line).FindFault().ShouldBeNull();

    [Fact]
    public void The_example_comes_out_as_the_text_says()
    {
        var receipt = JsonElement.Parse(Line);
        var (@event, block) = (receipt.GetProperty("event"), receipt.GetProperty("block"));
        var path = receipt.GetProperty("path").EnumerateArray()
            .Select(hash => Convert.FromHexString(hash.GetString()!)).ToArray();

        var leaf = SHA256.HashData([
            0, .. Field(@event.GetProperty("stream")), .. Field(@event.GetProperty("version")),
            .. Field(@event.GetProperty("id").GetGuid().ToByteArray(bigEndian: true)),
            .. Field(@event.GetProperty("type")),
            .. Field(Encoding.UTF8.GetBytes(@event.GetProperty("data").GetRawText())),
        ]);
        var root = Node(Node(path[0], leaf), path[1]);
        var hash = SHA256.HashData([
            .. Field(Convert.FromHexString(receipt.GetProperty("previous_hash").GetString()!)),
            .. Field(block.GetProperty("number")), .. Field(block.GetProperty("first_position")),
            .. Field(block.GetProperty("positions")), .. Field(block.GetProperty("time_us")), .. Field(root),
        ]);

        Text.ShouldContain($"The leaf is `{Convert.ToHexStringLower(leaf)}`");
        Convert.ToHexStringLower(root).ShouldBe(block.GetProperty("root").GetString());
        Convert.ToHexStringLower(hash).ShouldBe(block.GetProperty("hash").GetString());
    }

    private static byte[] Node(byte[] left, byte[] right) => SHA256.HashData([1, .. left, .. right]);

    private static byte[] Field(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? Field(Encoding.UTF8.GetBytes(value.GetString()!))
        : Field(Number(value.GetInt64()));

    private static byte[] Field(byte[] bytes) => [.. Number(bytes.Length)[4..], .. bytes];

    private static byte[] Number(long number)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }
}
