using EventLedger.Embedded.Postgres;
using EventLedger.Embedded.Processes;

namespace EventLedger.Embedded.Tests;

public class SizingPostgres
{
    private const long GiB = 1024L * 1024 * 1024;

    [Fact]
    public void A_large_machine_gets_what_is_shipped() =>
        PostgresSize.For(64 * GiB, 1000 * GiB).ShouldBe(PostgresSize.Full);

    [Fact]
    public void The_smallest_machine_gets_no_less_than_tests_do() =>
        PostgresSize.For(GiB / 2, GiB).ShouldBe(PostgresSize.Small with { WalMinMiB = 896 });

    [Fact]
    public void Between_them_memory_and_log_follow_the_machine() =>
        PostgresSize.For(8 * GiB, 40 * GiB).ShouldBe(new PostgresSize(1024, 4096, 3584));

    [Fact]
    public void A_clusters_own_lines_come_last_so_that_they_count()
    {
        var settings = PostgresSettings.Compose(
            PostgresSettings.Shipped(), PostgresSize.Small, port: 5433, "/it's here").Split('\n');

        settings.Last(line => line.StartsWith("shared_buffers")).ShouldBe("shared_buffers = 128MB");
        settings.ShouldContain("unix_socket_directories = '/it''s here'");
        settings.ShouldContain("fsync = on");
    }

    [Fact]
    public void Root_runs_it_as_the_first_user_of_those_that_there_are()
    {
        string[] lines = ["root:x:0:0:root:/root:/bin/sh", "nobody:x:65534:65533::/:/bin/false"];

        User.First(lines, "postgres", "nobody").ShouldBe(new User("nobody", 65534, 65533));
        User.First(lines, "postgres").ShouldBeNull();
    }
}
