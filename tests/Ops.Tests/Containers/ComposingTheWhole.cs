using System.Text.Json.Nodes;
using EventLedger.Ops.Tests.Files;
using EventLedger.Testing;

namespace EventLedger.Ops.Tests.Containers;

public class ComposingTheWhole
{
    private const string Folder = "ops/containers";

    private static JsonNode Compose => Yaml.ReadFile($"{Folder}/compose.yaml");

    private static JsonObject Services => Compose["services"]!.AsObject();

    [Fact]
    public void It_is_the_whole_system() =>
        Services.Select(service => service.Key).ShouldBe(["postgres", "nats", "ledger", "proxy"]);

    [Theory]
    [InlineData("ledger")]
    [InlineData("proxy")]
    public void Programs_of_ours_are_confined(string name)
    {
        var service = Services[name]!;

        ((bool?)service["read_only"]).ShouldBe(true);
        $"{service["user"]}".ShouldBe("1654:1654");
        service["cap_drop"]!.ToJsonString().ShouldBe("""["ALL"]""");
        service["security_opt"]!.ToJsonString().ShouldBe("""["no-new-privileges:true"]""");
        service["ports"]!.AsArray().ShouldAllBe(port => $"{port}".StartsWith("127.0.0.1:"));
    }

    [Theory]
    [InlineData("ledger")]
    [InlineData("proxy")]
    public void Their_settings_are_ones_that_they_read(string name)
    {
        var known = name == "proxy" ? KnownSettings.OfTheProxy : KnownSettings.OfTheLedger;

        Services[name]!["environment"]!.AsObject().Select(setting => setting.Key).Except(known).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ledger")]
    [InlineData("proxy")]
    public void They_are_built_from_files_that_are_there(string name)
    {
        var build = Services[name]!["build"]!;

        Path.GetFullPath(ProjectFiles.PathOf($"{Folder}/{build["context"]}")).ShouldBe(ProjectFolder.Root);
        ProjectFiles.Exists($"{build["dockerfile"]}").ShouldBeTrue();
    }

    [Fact]
    public void Secrets_and_volumes_that_are_used_are_there_and_no_others()
    {
        Used("secrets").Order().ShouldBe(Compose["secrets"]!.AsObject().Select(secret => secret.Key).Order());
        Used("volumes").Select(mount => mount.Split(':')[0]).Where(source => source[0] != '.').Order()
            .ShouldBe(Compose["volumes"]!.AsObject().Select(volume => volume.Key).Order());
    }

    [Fact]
    public void No_secret_is_in_it()
    {
        Compose["secrets"]!.AsObject().ShouldAllBe(secret => $"{secret.Value!["file"]}".StartsWith("secrets/"));
        ProjectFiles.Read(".gitignore").ShouldContain("ops/containers/secrets/\n");
        var settings =
            from service in Services
            from setting in service.Value!["environment"]?.AsObject() ?? []
            where setting.Key.Contains("PASSWORD") || setting.Key.Contains("SECRET") || setting.Key.Contains("DATABASE")
            select $"{setting.Value}";
        settings.ShouldAllBe(value => value.StartsWith("/run/secrets/"));
    }

    [Fact]
    public async Task The_secrets_are_made_once_and_for_nobody_else()
    {
        var folder = TestFolder.Make("compose");
        File.Copy(ProjectFiles.PathOf($"{Folder}/up"), Path.Combine(folder, "up"));
        var up = new Tool(Path.Combine(folder, "up"));

        await up.OutputOfAsync("--secrets-only");
        var made = Directory.GetFiles(Path.Combine(folder, "secrets")).ToDictionary(file => file, File.ReadAllText);
        await up.OutputOfAsync("--secrets-only");

        made.Keys.Select(Path.GetFileName).Order().ShouldBe(
            Compose["secrets"]!.AsObject().Select(secret => Path.GetFileName($"{secret.Value!["file"]}")).Order());
        made.ShouldAllBe(file => file.Value.Length >= 64 && File.ReadAllText(file.Key) == file.Value);
        File.GetUnixFileMode(Path.Combine(folder, "secrets")).ShouldBe(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static IEnumerable<string> Used(string what) =>
        Services.SelectMany(service => service.Value![what]?.AsArray() ?? []).Select(each => $"{each}").Distinct();
}
