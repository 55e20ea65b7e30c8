using System.Text;
using EventLedger.NodeBilling.Forges;
using EventLedger.Testing;
using EventLedger.Testing.Forges;

namespace EventLedger.NodeBilling.Tests.Forges;

public sealed class OnDisk : ForgeContract
{
    private readonly BareRepository repository =
        BareRepository.At(Path.Combine(TestFolder.Make("forge"), "with space", "repo.git"));

    protected override IForge Forge => Open(repository);

    protected override BareRepository Repository => repository;

    [Fact]
    public async Task Writers_at_the_same_time_lose_nothing_of_each_other()
    {
        await Forge.EnsureRepositoryAsync(default);
        var retry = new ForgeRetry(TimeProvider.System)
        {
            AttemptsMax = 100,
            PauseMin = TimeSpan.FromMilliseconds(5),
            PauseMax = TimeSpan.FromMilliseconds(50),
        };

        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => retry.RunAsync(
            () => Forge.CommitAsync([Change($"{writer}/x", "text")], "one of many", default), default)));

        Repository.Paths.Length.ShouldBe(8);
        Repository.Commits.ShouldBe(8);
    }

    [Fact]
    public async Task Nothing_is_left_of_how_a_commit_was_made()
    {
        await Forge.EnsureRepositoryAsync(default);
        await Forge.CommitAsync([Change("a/x", "one")], "first", default);

        Repository.Run("for-each-ref", "--format=%(refname)").Trim().ShouldBe("refs/heads/main");
    }

    [Theory]
    [InlineData("a/x", "120000")]
    [InlineData("a/x/y", "100644")]
    public async Task What_is_no_file_is_neither_read_nor_written_over(string path, string mode)
    {
        await Forge.EnsureRepositoryAsync(default);
        Repository.Write(path, "somebody's", mode);

        (await Should.ThrowAsync<ForgeException>(() => Forge.FindFileAsync("a/x", default))).MayPass.ShouldBeFalse();
        await Should.ThrowAsync<ForgeException>(() => Forge.CommitAsync([Change("a/x", "ours")], "first", default));

        Repository.Read(path).ShouldBe("somebody's");
    }

    [Fact]
    public async Task Git_gets_nothing_of_our_environment()
    {
        const string Secret = "EVENTLEDGER_TEST_SECRET_OF_GIT";
        await Forge.EnsureRepositoryAsync(default);
        Environment.SetEnvironmentVariable(Secret, "secret");
        var git = new GitProgram(repository.Folder, TimeSpan.FromSeconds(30));

        var seen = Encoding.UTF8.GetString(
            await git.RunAsync(["-c", "alias.tell=!env", "tell"], default, default));

        seen.ShouldContain("PATH=");
        seen.ShouldNotContain(Secret);
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_refused_before_memory_is()
    {
        await Forge.EnsureRepositoryAsync(default);
        Repository.Commit(null, new Dictionary<string, byte[]?> { ["a/x"] = new byte[GitProgram.OutputBytesMax + 1] });

        var refused = await Should.ThrowAsync<ForgeException>(() => Forge.FindFileAsync("a/x", default));

        refused.MayPass.ShouldBeFalse();
    }

    [Fact]
    public async Task A_folder_that_is_no_repository_is_named()
    {
        var forge = new ForgeOptions(new Uri("file:///proc/none/repo.git"), token: null).Open(TimeProvider.System);

        (await Should.ThrowAsync<ForgeException>(() => forge.EnsureRepositoryAsync(default)))
            .Message.ShouldContain("FORGE_URL");
    }

    internal static IForge Open(BareRepository repository) =>
        new ForgeOptions(new Uri(repository.Folder), token: null).Open(TimeProvider.System);
}
