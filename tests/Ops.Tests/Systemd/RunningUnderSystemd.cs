using EventLedger.Embedded.Running;
using EventLedger.Ops.Tests.Files;
using EventLedger.Testing;

namespace EventLedger.Ops.Tests.Systemd;

public class RunningUnderSystemd
{
    private const string Folder = "ops/systemd";

    // Of ten, where ten is not confined at all.
    private const string ExposureTenthsMax = "15";

    private static readonly string[] Services = ["ledger", "ledger-migrate", "metering-proxy", "node-usage-push"];

    [ToolFact("systemd-analyze")]
    public async Task Systemd_finds_nothing_wrong_with_the_units()
    {
        var (exitCode, output, error) = await new Tool("systemd-analyze").RunAsync(
            ["verify", "--man=no", .. WithPrograms().Where(file => !file.EndsWith(".conf"))]);

        exitCode.ShouldBe(0, output + error);
        (output + error).ShouldBeEmpty();
    }

    [ToolFact("systemd-analyze")]
    public async Task Systemd_counts_the_services_as_confined()
    {
        var (exitCode, output, _) = await new Tool("systemd-analyze").RunAsync(
        [
            "security", "--offline=true", "--no-pager", $"--threshold={ExposureTenthsMax}",
            .. WithPrograms().Where(file => file.EndsWith(".service")),
        ]);

        exitCode.ShouldBe(0, output);
    }

    [Theory]
    [InlineData("ledger")]
    [InlineData("ledger-migrate")]
    [InlineData("metering-proxy")]
    [InlineData("node-usage-push")]
    public void Services_run_as_nobody_in_particular_and_change_nothing(string name)
    {
        var unit = new Unit($"{Folder}/{name}.service");

        unit.Value("Service", "DynamicUser").ShouldBe("yes");
        unit.Value("Service", "NoNewPrivileges").ShouldBe("yes");
        unit.Value("Service", "ProtectSystem").ShouldBe("strict");
        unit.Value("Service", "CapabilityBoundingSet").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("ledger")]
    [InlineData("metering-proxy")]
    public void Services_that_stay_come_back_and_may_finish_before_they_go(string name)
    {
        var unit = new Unit($"{Folder}/{name}.service");

        unit.Value("Service", "Restart").ShouldBe("always");
        unit.Value("Service", "TimeoutStopSec").ShouldBe("45s");
        unit.Value("Install", "WantedBy").ShouldBe("multi-user.target");
    }

    [Fact]
    public void The_proxy_collects_as_seldom_as_it_is_measured_with() =>
        new Unit($"{Folder}/metering-proxy.service").Value("Service", "Environment").Split(' ')
            .ShouldContain($"{FirstGeneration.Variable}={FirstGeneration.Bytes}");

    [Fact]
    public void Settings_are_ones_that_the_programs_read()
    {
        new Unit($"{Folder}/metering-proxy.service").Variables
            .Except(KnownSettings.OfTheProxy).Except(KnownSettings.OfTheRuntime).ShouldBeEmpty();

        foreach (var file in new[]
            {
                "ledger.service", "ledger-migrate.service", "node-usage-push.service", "ledger.service.d/node.conf",
            })
        {
            new Unit($"{Folder}/{file}").Variables
                .Except(KnownSettings.OfTheLedger).Except(KnownSettings.OfTheRuntime).ShouldBeEmpty(file);
        }
    }

    [Fact]
    public void Secrets_are_handed_on_as_credentials_that_are_loaded()
    {
        foreach (var file in ProjectFiles.Below(Folder).Where(file => !file.EndsWith(".md")))
        {
            var unit = new Unit(file);
            var loaded = unit.All("Service", "LoadCredential").Select(line => $"%d/{line.Split(':')[0]}");
            var read = unit.All("Service", "Environment").SelectMany(line => line.Split(' '))
                .Select(setting => setting.Split('=')).Where(setting => setting[0].EndsWith("_FILE"))
                .Select(setting => setting[1]);

            read.Order().ShouldBe(loaded.Order(), file);
        }
    }

    [Fact]
    public void The_schema_is_brought_up_by_its_owner_before_the_ledger_starts_without_its_password()
    {
        new Unit($"{Folder}/ledger.service").Value("Unit", "After").Split(' ').ShouldContain("ledger-migrate.service");
        new Unit($"{Folder}/ledger-migrate.service").Value("Service", "ExecStart").ShouldEndWith("/ledger migrate");
        ProjectFiles.Read($"{Folder}/ledger-migrate.service").ShouldContain("/etc/eventledger/owner-database-url");
        ProjectFiles.Read($"{Folder}/ledger.service").ShouldNotContain("owner");
    }

    [Fact]
    public void The_timer_pushes_in_place_of_the_services_own_clock()
    {
        new Unit($"{Folder}/node-usage-push.timer").Value("Timer", "Persistent").ShouldBe("yes");
        new Unit($"{Folder}/node-usage-push.timer").Value("Timer", "OnCalendar").ShouldBe("*-*-* *:02:00");
        new Unit($"{Folder}/ledger.service.d/node.conf").Value("Service", "Environment")
            .ShouldEndWith("PUSH_INTERVAL=0");
        new Unit($"{Folder}/node-usage-push.service").Value("Service", "ExecStart")
            .ShouldEndWith("/ledger push-usage --once");
    }

    [Fact]
    public void The_spool_is_the_one_place_that_the_proxy_keeps_things_in()
    {
        var unit = new Unit($"{Folder}/metering-proxy.service");

        unit.Value("Service", "StateDirectory").Split(' ').Select(folder => $"SPOOL_DIR=/var/lib/{folder}")
            .ShouldContain(folder => unit.Value("Service", "Environment").Split(' ').Contains(folder));
    }

    // The units with programs that this machine has: systemd looks whether they can be run.
    private static string[] WithPrograms()
    {
        var folder = TestFolder.Make("units");

        foreach (var file in ProjectFiles.Below(Folder).Where(file => !file.EndsWith(".md")))
        {
            var text = ProjectFiles.Read(file)
                .Replace("/opt/eventledger/ledger/ledger", "/bin/true")
                .Replace("/opt/eventledger/metering-proxy/metering-proxy", "/bin/true");
            File.WriteAllText(Path.Combine(folder, Path.GetFileName(file)), text);
        }

        Services.ShouldAllBe(name => File.Exists(Path.Combine(folder, $"{name}.service")));
        return Directory.GetFiles(folder);
    }
}
