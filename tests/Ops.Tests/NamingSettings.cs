using System.Text.RegularExpressions;
using EventLedger.Contracts;
using EventLedger.Ops.Tests.Files;

namespace EventLedger.Ops.Tests;

/// <summary>What pages and manifests call a setting is one, and every setting is on a page.</summary>
public partial class NamingSettings
{
    private const int MatchLimitMs = 1000;

    // Named like a setting, and none of ours: by the start of its name.
    private static readonly string[] OthersNames =
    [
        UsageStream.Name,
        "EVENTLEDGER_", "SMOKE_PORT", "LEDGER_PROGRAM",              // of the tests and tools of this project
        "DOTNET_",                                                   // of the runtime
        "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE",    // of PostgreSQL's image
        "OTEL_",                                                     // of OpenTelemetry's own reading
        "AF_",                                                       // of systemd's units
        "TENANT_ADMIN", "COPY_DATABASE_URL", "EMPTY_DATABASE_URL", "OLD_DATABASE_URL",    // of examples in a shell
    ];

    private static readonly string[] Pages = ["README.md", "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md"];

    private static IEnumerable<string> Documents =>
    [
        .. Pages, .. ProjectFiles.Below("docs", "*.md"), .. ProjectFiles.Below("src", "*.md"),
        .. ProjectFiles.Below("ops").Where(file => !file.EndsWith(".sh")),
    ];

    [Fact]
    public void What_is_named_like_a_setting_is_one_that_a_program_reads()
    {
        var known = KnownSettings.All.ToHashSet();
        var unknown =
            from file in Documents
            from name in NamesIn(file)
            where !known.Contains(name) && !OthersNames.Any(name.StartsWith)
            select $"{file}: {name}";

        unknown.Distinct().ShouldBeEmpty();
    }

    [Fact]
    public void Every_setting_of_the_ledger_and_of_the_run_is_on_the_page_of_settings() =>
        Ours(KnownSettings.OfTheLedger.Union(KnownSettings.OfTheRun)).Except(NamesIn("docs/settings.md"))
            .ShouldBeEmpty();

    [Fact]
    public void Every_setting_of_the_proxy_is_on_its_page() =>
        Ours(KnownSettings.OfTheProxy).Except(NamesIn("src/Proxy/README.md")).ShouldBeEmpty();

    [Fact]
    public void Every_variable_of_OpenTelemetry_that_both_read_is_on_the_page_of_telemetry()
    {
        KnownSettings.OfTheProxy.Except(Ours(KnownSettings.OfTheProxy)).ShouldBe(
            KnownSettings.OfTheLedger.Except(Ours(KnownSettings.OfTheLedger)), ignoreOrder: true);
        KnownSettings.OfTheProxy.Except(Ours(KnownSettings.OfTheProxy)).Except(NamesIn("docs/telemetry.md"))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Settings_are_heard_of_whether_they_are_needed_or_not()
    {
        KnownSettings.OfTheProxy.ShouldContain("NATS_URL");
        KnownSettings.OfTheLedger.ShouldContain("DATABASE_URL_FILE");
        KnownSettings.OfTheLedger.ShouldContain("JWT_AUDIENCE");
        KnownSettings.OfTheLedger.ShouldContain("FORGE_BRANCH");
        KnownSettings.OfTheRun.ShouldContain("UPSTREAM_PORT");
    }

    private static IEnumerable<string> Ours(IEnumerable<string> names) =>
        names.Where(name => !name.StartsWith("OTEL_"));

    private static IEnumerable<string> NamesIn(string file) =>
        Name().Matches(ProjectFiles.Read(file)).Select(match => match.Value);

    [GeneratedRegex(@"(?<![A-Za-z0-9_./-])[A-Z][A-Z0-9]*(_[A-Z0-9]+)+(?![A-Za-z0-9_])",
        RegexOptions.ExplicitCapture, MatchLimitMs)]
    private static partial Regex Name();
}
