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
