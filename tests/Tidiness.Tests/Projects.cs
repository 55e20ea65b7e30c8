namespace EventLedger.Tidiness.Tests;

/// <summary>The arrows of the design's map; another one needs a reason in docs/decisions.</summary>
public class Projects
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Contracts"] = [],
        ["Accounts"] = ["Contracts"],
        ["Nats"] = [],
        ["Hosting"] = [],
        ["EventStore"] = [],
        ["Projections"] = ["Accounts", "Contracts", "EventStore"],
        ["Ledger"] =
            ["Accounts", "Contracts", "Embedded", "EventStore", "Hosting", "Nats", "NodeBilling", "Projections"],
        ["NodeBilling"] = ["Contracts"],
        ["Proxy"] = ["Contracts", "Hosting", "Nats"],
        ["Embedded"] = [],
    };

    [Fact]
    public void Refer_to_each_other_along_the_designs_arrows_only()
    {
        var crossed =
            from project in Project.References()
            where Arrows.ContainsKey(project.Key)
            from reference in project.Value.Except(Arrows[project.Key])
            select $"{project.Key} refers to {reference}";

        crossed.ShouldBeEmpty();
    }

    [Fact]
    public void In_src_are_all_on_the_map()
    {
        var unknown = Project.Files("src", ".csproj").Select(file => Path.GetFileNameWithoutExtension(file.Path))
            .Except(Arrows.Keys);

        unknown.ShouldBeEmpty();
    }

    [Fact]
    public void In_src_never_refer_to_tests()
    {
        var tests = Project.Files("tests", ".csproj").Select(file => Path.GetFileNameWithoutExtension(file.Path));

        Arrows.Keys.SelectMany(name => Project.References().GetValueOrDefault(name, [])).Intersect(tests)
            .ShouldBeEmpty();
    }
}
