using System.Text;
using EventLedger.NodeBilling.Forges;
using EventLedger.Testing.Forges;

namespace EventLedger.NodeBilling.Tests.Forges;

/// <summary>What holds of every kind of repository.</summary>
public abstract class ForgeContract
{
    protected abstract IForge Forge { get; }

    protected abstract BareRepository Repository { get; }

    [Fact]
    public async Task The_repository_is_made_when_it_is_missing_and_only_then()
    {
        await Forge.EnsureRepositoryAsync(default);
        await Forge.EnsureRepositoryAsync(default);

        (await Forge.FindFileAsync("nodes/a/x", default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_commit_makes_files_and_changes_them()
    {
        await Forge.EnsureRepositoryAsync(default);

        var first = await Forge.CommitAsync([Change("a/x", "one"), Change("b/y", "two")], "first", default);
        var second = await Forge.CommitAsync([Change("a/x", "three", before: "one")], "second", default);

        (await TextAsync("a/x")).ShouldBe("three");
        (await TextAsync("b/y")).ShouldBe("two");
        first.ShouldNotBe(second);
        (await Forge.FindHeadAsync(default)).ShouldBe(second);
        Repository.Head.ShouldBe(second);
    }

    [Fact]
    public async Task A_file_that_changed_since_it_was_read_is_not_written_over()
    {
        await Forge.EnsureRepositoryAsync(default);
        await Forge.CommitAsync([Change("a/x", "theirs")], "first", default);

        foreach (var change in new[] { Change("a/x", "ours", before: "older"), Change("a/x", "ours") })
        {
            (await Should.ThrowAsync<ForgeException>(() => Forge.CommitAsync([change], "second", default)))
                .MayPass.ShouldBeTrue();
        }

        (await TextAsync("a/x")).ShouldBe("theirs");
    }

    [Fact]
    public async Task Folders_are_listed_with_what_is_in_them()
    {
        await Forge.EnsureRepositoryAsync(default);
        var commit = await Forge.CommitAsync(
            [.. Enumerable.Range(0, 250).Select(n => Change($"a/b/{n:000}", $"{n}"))], "many", default);

        var a = (await Forge.ListAsync(commit, default)).Single(entry => entry.Name == "a");
        var b = (await Forge.ListAsync(a.Id, default)).ShouldHaveSingleItem();
        var files = await Forge.ListAsync(b.Id, default);

        a.IsFolder.ShouldBeTrue();
        files.Select(file => file.Name).ShouldBe(Enumerable.Range(0, 250).Select(n => $"{n:000}"));
        files.ShouldAllBe(file => file.IsFile);
        files[100].Size.ShouldBe(3);
        Encoding.UTF8.GetString(await Forge.ReadBlobAsync(files[100].Id, default)).ShouldBe("100");
    }

    [Fact]
    public async Task An_entry_that_is_no_file_is_told_from_one()
    {
        await Forge.EnsureRepositoryAsync(default);
        Repository.Write("a/link", "/etc/passwd", mode: "120000");

        var a = (await Forge.ListAsync(Repository.Head!, default)).Single(entry => entry.Name == "a");
        var link = (await Forge.ListAsync(a.Id, default)).ShouldHaveSingleItem();

        (link.IsFile, link.IsFolder).ShouldBe((false, false));
        (await Forge.FindFileAsync("a/none", default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_commit_is_there_until_the_repository_is_made_anew()
    {
        await Forge.EnsureRepositoryAsync(default);
        var commit = await Forge.CommitAsync([Change("a/x", "one")], "first", default);
        (await Forge.HasCommitAsync(commit, default)).ShouldBeTrue();

        Directory.Delete(Repository.Folder, recursive: true);
        (await Forge.HasCommitAsync(commit, default)).ShouldBeFalse();
        Repository.Init();
        Repository.Write("b/y", "two");

        (await Forge.HasCommitAsync(commit, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_commit_that_the_branch_was_put_back_behind_is_not_there()
    {
        await Forge.EnsureRepositoryAsync(default);
        var first = await Forge.CommitAsync([Change("a/x", "one")], "first", default);
        var second = await Forge.CommitAsync([Change("a/x", "two", before: "one")], "second", default);

        Repository.Run("update-ref", "refs/heads/main", first);

        (await Forge.HasCommitAsync(first, default)).ShouldBeTrue();
        (await Forge.HasCommitAsync(second, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_file_whose_branch_is_gone_is_not_written_as_a_change()
    {
        await Forge.EnsureRepositoryAsync(default);
        await Forge.CommitAsync([Change("a/x", "one")], "first", default);
        Repository.Run("update-ref", "-d", "refs/heads/main");

        (await Should.ThrowAsync<ForgeException>(
            () => Forge.CommitAsync([Change("a/x", "two", before: "one")], "second", default))).MayPass.ShouldBeTrue();
    }

    protected static FileChange Change(string path, string text, string? before = null) => new(
        path, Encoding.UTF8.GetBytes(text), before is null ? null : GitBlob.IdOf(Encoding.UTF8.GetBytes(before)));

    protected async Task<string> TextAsync(string path) =>
        Encoding.UTF8.GetString((await Forge.FindFileAsync(path, default))!);
}
