using EventLedger.Embedded.Processes;
using EventLedger.Testing;

namespace EventLedger.Embedded.Tests;

public class KeepingChildLogs
{
    private readonly string path = Path.Combine(TestFolder.Make("logs"), "child.log");

    [Fact]
    public void A_full_file_is_turned_over()
    {
        using var log = new ChildLog(path, bytesMax: 10);

        log.Write("12345678"u8);
        log.Write("abc"u8);

        File.ReadAllText(path + ".1").ShouldBe("12345678");
        log.Tail().ShouldBe("abc");
    }

    [Fact]
    public void Every_start_has_a_file_of_its_own_and_only_the_last_few_are_kept()
    {
        for (var start = 1; start <= ChildLog.FilesMax + 2; start++)
        {
            using var log = new ChildLog(path);
            log.Write([(byte)('0' + start)]);
        }

        Directory.GetFiles(Path.GetDirectoryName(path)!).Length.ShouldBe(ChildLog.FilesMax);
        File.ReadAllText(path).ShouldBe("6");
        File.ReadAllText(path + ".3").ShouldBe("3");
    }
}
