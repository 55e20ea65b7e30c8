using EventLedger.Embedded.Running;
using EventLedger.Ops.Tests.Files;

namespace EventLedger.Ops.Tests.Containers;

public class BuildingImages
{
    private const string User = "1654:1654";

    [Theory]
    [InlineData("ledger", "src/Ledger/Ledger.csproj", "ledger")]
    [InlineData("proxy", "src/Proxy/Proxy.csproj", "metering-proxy")]
    public void The_program_is_built_in_a_stage_that_isnt_kept(string image, string project, string program)
    {
        var file = Dockerfile.Read($"ops/containers/{image}.Dockerfile");

        file.Stages.Count.ShouldBe(2);
        file.Stages[0].ShouldContain(("RUN", $"dotnet restore --locked-mode {project}"));
        file.Stages[0].ShouldContain(each => each.Value.StartsWith($"dotnet publish {project} ")
            && each.Value.EndsWith("--output /published"));
        file.Stages[1].ShouldContain(("COPY", "--from=build /published /app"));
        file.Words("ENTRYPOINT").ShouldBe([$"/app/{program}"]);
        ProjectFiles.Read(project).ShouldContain($"<AssemblyName>{program}</AssemblyName>");
    }

    [Theory]
    [InlineData("ledger")]
    [InlineData("proxy")]
    public void What_runs_has_no_shell_and_isnt_root(string image)
    {
        var file = Dockerfile.Read($"ops/containers/{image}.Dockerfile");

        file.Last("FROM").ShouldEndWith("-chiseled");
        file.Last("USER").ShouldBe(User);
        file.Stages[1].ShouldNotContain(instruction => instruction.Name == "RUN");
        file.Stages[1].Where(each => each.Name is "CMD" or "ENTRYPOINT")
            .ShouldAllBe(each => each.Value.StartsWith('['));
    }

    [Fact]
    public void The_proxy_collects_as_seldom_as_it_is_measured_with() =>
        Dockerfile.Read("ops/containers/proxy.Dockerfile").Last("ENV").Split(' ')
            .ShouldContain($"{FirstGeneration.Variable}={FirstGeneration.Bytes}");

    [Theory]
    [InlineData("ledger")]
    [InlineData("proxy")]
    public void Its_health_is_asked_by_the_program_itself(string image)
    {
        var file = Dockerfile.Read($"ops/containers/{image}.Dockerfile");

        file.Words("HEALTHCHECK").ShouldBe([file.Words("ENTRYPOINT").ShouldHaveSingleItem(), "healthcheck"]);
    }

    [Theory]
    [InlineData("ledger")]
    [InlineData("proxy")]
    public void Nothing_is_copied_that_isnt_needed_to_build(string image)
    {
        var let = ProjectFiles.Read(".dockerignore").Split('\n').Where(line => line.StartsWith('!')).ToArray();

        Dockerfile.Read($"ops/containers/{image}.Dockerfile").Stages[0].ShouldContain(("COPY", ". ."));
        ProjectFiles.Read(".dockerignore").ShouldStartWith("**\n");
        let.Select(line => line[1..].TrimEnd('*', '.')).ShouldAllBe(path =>
            ProjectFiles.Exists(path) || Directory.GetFiles(ProjectFiles.PathOf("."), $"{path}.*").Length > 0);
    }
}
