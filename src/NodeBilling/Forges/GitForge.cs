using System.Text;

namespace EventLedger.NodeBilling.Forges;

/// <summary>
/// A bare repository on disk, written without a work tree: the new commit is made beside the branch, which then moves
/// to it in one step, unless it has moved meanwhile.
/// </summary>
internal sealed class GitForge : IForge
{
    private const string NoCommit = "0000000000000000000000000000000000000000";

    private readonly string folder;
    private readonly string branch;
    private readonly TimeProvider time;
    private readonly GitProgram git;

    public GitForge(ForgeOptions options, TimeProvider time)
    {
        folder = options.Url.LocalPath;
        branch = options.Branch;
        this.time = time;
        git = new GitProgram(folder, options.CallLimit);
    }

    /// <inheritdoc/>
    public string Name => $"file://{folder} {branch}";

    private bool Exists => File.Exists(Path.Combine(folder, "HEAD"));

    private string BranchRef => $"refs/heads/{branch}";

    /// <inheritdoc/>
    public async Task EnsureRepositoryAsync(CancellationToken cancellation)
    {
        if (!Exists)
        {
            MakeFolder();
            await git.RunAsync(["init", "--quiet", "--bare", $"--initial-branch={branch}"], default, cancellation);
        }
    }

    /// <inheritdoc/>
    public async Task<string?> FindHeadAsync(CancellationToken cancellation)
    {
        if (!Exists)
        {
            return null;
        }

        var text = await RunTextAsync(["for-each-ref", "--format=%(objectname)", BranchRef], cancellation);
        return text.Length == 0 ? null : text;
    }

    /// <inheritdoc/>
    public async Task<bool> HasCommitAsync(string commit, CancellationToken cancellation) =>
        Exists && (await git.TryRunAsync(
            ["merge-base", "--is-ancestor", commit, BranchRef], default, cancellation)).ExitCode == 0;

    /// <inheritdoc/>
    public async Task<byte[]?> FindFileAsync(string path, CancellationToken cancellation) =>
        await FindHeadAsync(cancellation) is { } head
        && await FindBlobIdAsync(head, path, cancellation) is { } blobId
            ? await ReadBlobAsync(blobId, cancellation)
            : null;

    /// <inheritdoc/>
    public async Task<string> CommitAsync(
        IReadOnlyList<FileChange> changes, string message, CancellationToken cancellation)
    {
        var head = await FindHeadAsync(cancellation);

        foreach (var change in changes)
        {
            var blobId = head is null ? null : await FindBlobIdAsync(head, change.Path, cancellation);

            if (blobId != change.PreviousBlobId)
            {
                throw new ForgeException($"{change.Path} has changed since it was read", mayPass: true);
            }
        }

        var ownRef = $"refs/eventledger/{Guid.NewGuid():N}";

        try
        {
            await git.RunAsync(
                ["fast-import", "--quiet", "--done"], Script(ownRef, head, changes, message), cancellation);
            var commit = await RunTextAsync(["rev-parse", "--verify", ownRef], cancellation);
            await git.RunAsync(["update-ref", BranchRef, commit, head ?? NoCommit], default, cancellation);
            return commit;
        }
        finally
        {
            await git.TryRunAsync(["update-ref", "-d", ownRef], default, CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TreeEntry>> ListAsync(string treeId, CancellationToken cancellation) =>
        Entries(await git.RunAsync(["ls-tree", "-z", "-l", treeId], default, cancellation));

    /// <inheritdoc/>
    public Task<byte[]> ReadBlobAsync(string blobId, CancellationToken cancellation) =>
        git.RunAsync(["cat-file", "blob", blobId], default, cancellation);

    private void MakeFolder()
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new ForgeException($"the repository of FORGE_URL can't be made: {refused.Message}", mayPass: false);
        }
    }

    private async Task<string?> FindBlobIdAsync(string commit, string path, CancellationToken cancellation)
    {
        var found = Entries(await git.RunAsync(["ls-tree", "-z", "-l", commit, "--", path], default, cancellation));

        return found switch
        {
            [] => null,
            [{ IsFile: true } file] => file.Id,
            [var other, ..] => throw new ForgeException(
                $"{path} has git mode {other.Mode} and is no file; somebody has to remove it", mayPass: false),
        };
    }

    private async Task<string> RunTextAsync(IEnumerable<string> arguments, CancellationToken cancellation) =>
        Encoding.UTF8.GetString(await git.RunAsync(arguments, default, cancellation)).Trim();

    // Lines end with NUL, since a name may hold anything else: "mode type id size<tab>name".
    private static TreeEntry[] Entries(byte[] listing) =>
    [
        .. from line in Encoding.UTF8.GetString(listing).Split('\0', StringSplitOptions.RemoveEmptyEntries)
           let tab = line.IndexOf('\t')
           let words = line[..tab].Split(' ', StringSplitOptions.RemoveEmptyEntries)
           select new TreeEntry(
               words[0], words[2], long.TryParse(words[3], out var size) ? size : 0, line[(tab + 1)..]),
    ];

    // What git fast-import reads.
    private byte[] Script(string ownRef, string? head, IEnumerable<FileChange> changes, string message)
    {
        using var script = new MemoryStream();
        Append($"commit {ownRef}\n");
        Append($"committer EventLedger <eventledger@localhost> {time.GetUtcNow().ToUnixTimeSeconds()} +0000\n");
        AppendData(Encoding.UTF8.GetBytes(message));

        if (head is not null)
        {
            Append($"from {head}\n");
        }

        foreach (var change in changes)
        {
            Append($"M 100644 inline {change.Path}\n");
            AppendData(change.Content);
        }

        Append("done\n");
        return script.ToArray();

        void AppendData(byte[] data)
        {
            Append($"data {data.Length}\n");
            script.Write(data);
            Append("\n");
        }

        void Append(string text) => script.Write(Encoding.UTF8.GetBytes(text));
    }
}
