using System.Net;
using System.Text;
using EventLedger.NodeBilling.Forges;
using EventLedger.Testing.Forges;

namespace EventLedger.NodeBilling.Tests.Forges;

public sealed class OverRest : ForgeContract, IAsyncDisposable
{
    private readonly StandInForge standIn = StandInForge.Start();
    private readonly IForge forge;

    public OverRest() => forge = Open(standIn.Url);

    protected override IForge Forge => forge;

    protected override BareRepository Repository => standIn.Repository;

    public ValueTask DisposeAsync() => standIn.DisposeAsync();

    [Theory]
    [InlineData(HttpStatusCode.Conflict)]
    [InlineData(HttpStatusCode.UnprocessableEntity)]
    public async Task Older_servers_take_files_one_by_one(HttpStatusCode outdated)
    {
        standIn.Api.CommitsTogether = false;
        standIn.Api.OutdatedStatus = outdated;

        await A_commit_makes_files_and_changes_them();
        Repository.Commits.ShouldBe(4);

        (await Should.ThrowAsync<ForgeException>(
            () => Forge.CommitAsync([Change("a/x", "ours", before: "older")], "outdated", default)))
            .MayPass.ShouldBeTrue();
    }

    [Fact]
    public async Task A_server_that_can_not_compare_is_believed_as_long_as_it_has_the_branch()
    {
        standIn.Api.CanCompare = false;

        await A_commit_is_there_until_the_repository_is_made_anew();
    }

    [Fact]
    public async Task A_token_that_changes_is_used_from_the_next_call_on()
    {
        var token = StandInForge.Token;
        var changing = new ForgeOptions(new Uri(standIn.Url), () => token).Open(TimeProvider.System);
        await changing.EnsureRepositoryAsync(default);

        token = "taken back";
        (await Should.ThrowAsync<ForgeException>(() => changing.FindHeadAsync(default))).Message
            .ShouldContain("FORGE_TOKEN is not accepted");
        token = StandInForge.Token;

        await changing.FindHeadAsync(default);
    }

    [Fact]
    public async Task Several_files_are_one_commit_where_the_server_can()
    {
        await Forge.EnsureRepositoryAsync(default);

        await Forge.CommitAsync([Change("a/x", "one"), Change("b/y", "two")], "first", default);

        Repository.Commits.ShouldBe(2);
    }

    [Fact]
    public async Task A_user_may_own_the_repository()
    {
        standIn.Api.OwnerIsOrganisation = false;

        await Forge.EnsureRepositoryAsync(default);

        Repository.Head.ShouldNotBeNull();
    }

    [Fact]
    public async Task An_owner_who_is_neither_is_named()
    {
        standIn.Api.OwnerIsOrganisation = false;
        standIn.Api.User = "somebody";

        var failure = await Should.ThrowAsync<ForgeException>(() => Forge.EnsureRepositoryAsync(default));

        failure.MayPass.ShouldBeFalse();
        failure.Message.ShouldContain("FORGE_OWNER");
    }

    [Fact]
    public async Task A_token_that_is_not_let_in_is_not_repeated()
    {
        const string Wrong = "wrong-token-77aa";
        var stranger = Open(standIn.Url, Wrong);

        var failure = await Should.ThrowAsync<ForgeException>(() => stranger.EnsureRepositoryAsync(default));

        failure.MayPass.ShouldBeFalse();
        failure.Message.ShouldContain("FORGE_TOKEN");
        failure.ToString().ShouldNotContain(Wrong);
        stranger.Name.ShouldNotContain(Wrong);
    }

    [Theory]
    [InlineData(FaultKind.Refused), InlineData(FaultKind.ServerError), InlineData(FaultKind.Conflict)]
    [InlineData(FaultKind.Unprocessable), InlineData(FaultKind.TooMany), InlineData(FaultKind.Truncated)]
    [InlineData(FaultKind.Hang)]
    public async Task What_may_pass_is_told_from_what_won_t(FaultKind kind)
    {
        await Forge.EnsureRepositoryAsync(default);
        standIn.Faults = _ => new(kind, AfterEffect: true);
        var impatient = Open(standIn.Url, limit: kind == FaultKind.Hang ? TimeSpan.FromSeconds(1) : null);

        (await Should.ThrowAsync<ForgeException>(
            () => impatient.CommitAsync([Change("a/x", "one")], "first", default))).MayPass.ShouldBeTrue();
        (await Should.ThrowAsync<ForgeException>(() => impatient.FindFileAsync("a/x", default))).MayPass.ShouldBeTrue();
    }

    [Fact]
    public async Task An_answer_that_is_not_what_was_asked_for_is_not_taken()
    {
        await Forge.EnsureRepositoryAsync(default);
        await Forge.CommitAsync([Change("a/x", "one and more")], "first", default);
        var blobId = Repository.BlobId("a/x")!;
        standIn.Lies = (_, body) => body.Replace(Base64("one and more"), Base64("one"));

        (await Should.ThrowAsync<ForgeException>(() => Forge.FindFileAsync("a/x", default))).MayPass.ShouldBeTrue();
        (await Should.ThrowAsync<ForgeException>(() => Forge.ReadBlobAsync(blobId, default))).MayPass.ShouldBeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_commit_that_kept_something_else_is_none(int files)
    {
        await Forge.EnsureRepositoryAsync(default);
        var ours = GitBlob.IdOf("ours"u8);
        standIn.Lies = (_, body) => body.Replace(ours, GitBlob.IdOf("theirs"u8));

        (await Should.ThrowAsync<ForgeException>(() => Forge.CommitAsync(
            [.. Enumerable.Range(0, files).Select(n => Change($"a/{n}", "ours"))], "first", default)))
            .Message.ShouldContain("something else");
    }

    [Fact]
    public async Task A_commit_is_known_by_an_id_of_git_s_alone()
    {
        await Forge.EnsureRepositoryAsync(default);
        standIn.Lies = (_, body) => body.Replace("\"commit\":{\"sha\":\"", "\"commit\":{\"sha\":\"\\n");

        await Should.ThrowAsync<ForgeException>(
            () => Forge.CommitAsync([Change("a/x", "ours")], "first", default));
    }

    [Fact]
    public async Task An_answer_that_is_too_large_is_refused_before_memory_is()
    {
        standIn.Lies = (_, body) => body + new string(' ', ForgeClient.AnswerBytesMax);

        var refused = await Should.ThrowAsync<ForgeException>(() => Forge.FindHeadAsync(default));

        refused.MayPass.ShouldBeFalse();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static IForge Open(string url, string token = StandInForge.Token, TimeSpan? limit = null) =>
        new ForgeOptions(new Uri(url), token) { CallLimit = limit ?? TimeSpan.FromSeconds(30) }
            .Open(TimeProvider.System);
}
