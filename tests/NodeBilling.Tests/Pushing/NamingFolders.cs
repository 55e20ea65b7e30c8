using EventLedger.NodeBilling.Pushing;

namespace EventLedger.NodeBilling.Tests.Pushing;

public class NamingFolders
{
    [Theory]
    [InlineData("node-a", "node-a")]
    [InlineData("Node_1.example", "Node_1.example")]
    [InlineData("..", "~2e.")]
    [InlineData("../../etc", "~2e.~2f..~2fetc")]
    [InlineData(".git", "~2egit")]
    [InlineData("a b\nc\0", "a~20b~0ac~00")]
    [InlineData("~7e", "~7e7e")]
    [InlineData("é", "~c3~a9")]
    public void Other_characters_than_plain_ones_are_spelt_out(string node, string folder) =>
        NodeFolder.NameOf(node).ShouldBe(folder);

    [Fact]
    public void Long_names_are_cut_and_stay_apart()
    {
        var name = new string('n', 10 * 1024);

        NodeFolder.NameOf(name).Length.ShouldBe(NodeFolder.LengthMax);
        NodeFolder.NameOf(name).ShouldNotBe(NodeFolder.NameOf(name + "n"));
        NodeFolder.NameOf(new string('n', NodeFolder.LengthMax)).ShouldBe(new string('n', NodeFolder.LengthMax));
    }

    [Fact]
    public void Hours_are_those_of_UTC()
    {
        var time = new DateTimeOffset(2026, 11, 21, 23, 59, 59, TimeSpan.FromHours(-1));

        HourFile.PathOf("node-a", HourFile.HourOf(time), 1).ShouldBe("nodes/node-a/usage_2026-11-22-00.otoml");
        HourFile.PathOf("node-a", HourFile.HourOf(time), 2).ShouldBe("nodes/node-a/usage_2026-11-22-00.2.otoml");
    }

    [Theory]
    [InlineData("usage_2026-11-21-17.otoml", true)]
    [InlineData("usage_2026-11-21-17.2.otoml", true)]
    [InlineData("usage_2026-11-21-17.otoml\n", false)]
    [InlineData("../usage_2026-11-21-17.otoml", false)]
    [InlineData("README.md", false)]
    public void Files_are_known_by_their_names(string name, bool isOne) => HourFile.IsName(name).ShouldBe(isOne);
}
