using EventLedger.Hosting;
using EventLedger.Testing;
using Microsoft.Extensions.Configuration;

namespace EventLedger.Ops.Tests;

// The folder and the watches are the whole process's.
[CollectionDefinition(nameof(ReadingNoFiles), DisableParallelization = true)]
[Collection(nameof(ReadingNoFiles))]
public class ReadingNoFiles
{
    [Fact]
    public void A_program_reads_and_watches_no_file_of_the_folder_it_runs_in()
    {
        var before = (Folder: Environment.CurrentDirectory, Watches: Watches());
        Environment.CurrentDirectory = TestFolder.Make("elsewhere");

        try
        {
            Directory.CreateDirectory("deeper");
            File.WriteAllText("appsettings.json", """{"Urls":"http://*:1"}""");
            using var configuration = ServiceBuilder.Create().Configuration;

            configuration.Sources.OfType<FileConfigurationSource>().ShouldBeEmpty();
            configuration["Urls"].ShouldBeNull();
            Watches().ShouldBe(before.Watches);
        }
        finally
        {
            Environment.CurrentDirectory = before.Folder;
        }
    }

    // Of this process, as the kernel tells.
    private static int Watches() => Directory.EnumerateFiles("/proc/self/fdinfo").Sum(file =>
    {
        try
        {
            return File.ReadLines(file).Count(line => line.StartsWith("inotify "));
        }
        catch (IOException)
        {
            // Closed meanwhile.
            return 0;
        }
    });
}
