namespace EventLedger.NodeBilling.Forges;

/// <summary>
/// One branch of a git repository, read and written through its own ways. What fails throws
/// <see cref="ForgeException"/>, and nothing else does.
/// </summary>
public interface IForge
{
    /// <summary>Repository and branch, for checkpoints and messages; holds no secret.</summary>
    string Name { get; }

    /// <summary>Makes the repository where it is missing.</summary>
    Task EnsureRepositoryAsync(CancellationToken cancellation);

    /// <summary>The branch's newest commit; null while it has none.</summary>
    Task<string?> FindHeadAsync(CancellationToken cancellation);

    /// <summary>Whether the repository has a commit; what was pushed with it is gone where it hasn't.</summary>
    Task<bool> HasCommitAsync(string commit, CancellationToken cancellation);

    /// <summary>A file as the branch has it now; null where it has none.</summary>
    Task<byte[]?> FindFileAsync(string path, CancellationToken cancellation);

    /// <summary>
    /// Writes files, in one commit where the repository can; refused where one isn't what it was when it was read.
    /// </summary>
    /// <returns>The newest commit.</returns>
    Task<string> CommitAsync(
        IReadOnlyList<FileChange> changes, string message, CancellationToken cancellation);

    /// <summary>What is in a folder.</summary>
    /// <param name="treeId">The folder's id, or a commit's for its root.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<IReadOnlyList<TreeEntry>> ListAsync(string treeId, CancellationToken cancellation);

    /// <summary>A file's bytes by its id.</summary>
    Task<byte[]> ReadBlobAsync(string blobId, CancellationToken cancellation);
}

/// <summary>A file that is to be written.</summary>
/// <param name="Path">Its path from the repository's root.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="PreviousBlobId">What it was when it was read; null where there was none.</param>
public sealed record FileChange(string Path, byte[] Content, string? PreviousBlobId);

/// <summary>One entry of a folder.</summary>
/// <param name="Mode">Git's mode, <c>100644</c> for a plain file.</param>
/// <param name="Id">The id of the file or folder.</param>
/// <param name="Size">A file's bytes; 0 of anything else.</param>
/// <param name="Name">Its name in the folder, as anybody may have chosen it.</param>
public sealed record TreeEntry(string Mode, string Id, long Size, string Name)
{
    /// <summary>Whether it is a folder.</summary>
    public bool IsFolder => Mode is "040000" or "40000";

    /// <summary>Whether it is a file, and neither a symbolic link nor another repository.</summary>
    public bool IsFile => Mode is "100644" or "100755";
}
