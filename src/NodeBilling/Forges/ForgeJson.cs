using System.Text.Json.Serialization;

namespace EventLedger.NodeBilling.Forges;

/// <summary>What Forgejo and Gitea answer, as far as it is read. Nothing of it is sure to be there.</summary>
internal sealed record ContentsAnswer(string? Path, string? Sha, string? Content);

internal sealed record BlobAnswer(string? Content);

internal sealed record CommitAnswer(
    CommitPart? Commit, ContentsAnswer? Content, IReadOnlyList<ContentsAnswer?>? Files);

internal sealed record BranchAnswer(CommitPart? Commit);

internal sealed record CompareAnswer(long? TotalCommits);

internal sealed record CommitPart(string? Sha, string? Id);

internal sealed record RepositoryAnswer(OwnerPart? Owner);

internal sealed record OwnerPart(string? Login);

internal sealed record TreeAnswer(IReadOnlyList<TreePart>? Tree, long? TotalCount);

internal sealed record TreePart(string? Path, string? Mode, string? Sha, long Size);

internal sealed record ErrorAnswer(string? Message);

internal sealed record NewRepository(string Name, bool Private, bool AutoInit, string DefaultBranch);

internal sealed record NewFile(string Content, string Message, string Branch, string? Sha);

internal sealed record NewFiles(string Message, string Branch, IReadOnlyList<FileOperation> Files);

internal sealed record FileOperation(string Operation, string Path, string Content, string? Sha);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContentsAnswer))]
[JsonSerializable(typeof(BlobAnswer))]
[JsonSerializable(typeof(BranchAnswer))]
[JsonSerializable(typeof(CompareAnswer))]
[JsonSerializable(typeof(CommitAnswer))]
[JsonSerializable(typeof(RepositoryAnswer))]
[JsonSerializable(typeof(TreeAnswer))]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(NewRepository))]
[JsonSerializable(typeof(NewFile))]
[JsonSerializable(typeof(NewFiles))]
internal sealed partial class ForgeJson : JsonSerializerContext;
