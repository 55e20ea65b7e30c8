using System.Net;

namespace EventLedger.NodeBilling.Forges;

/// <summary>A repository of Forgejo or Gitea, through the API that both have.</summary>
internal sealed class RestForge : IForge
{
    /// <summary>Entries of a folder that are asked for at once.</summary>
    private const int TreePageSize = 1000;

    /// <summary>The most pages of one folder.</summary>
    private const int TreePagesMax = 1000;

    private readonly ForgeOptions options;
    private readonly ForgeClient client;
    private readonly string repository;

    public RestForge(ForgeOptions options)
    {
        this.options = options;
        client = new ForgeClient(options);
        repository = $"repos/{Uri.EscapeDataString(options.Owner)}/{Uri.EscapeDataString(options.Repository)}";
    }

    /// <inheritdoc/>
    public string Name =>
        $"{options.Url.AbsoluteUri.TrimEnd('/')}/{options.Owner}/{options.Repository} {options.Branch}";

    /// <inheritdoc/>
    public async Task EnsureRepositoryAsync(CancellationToken cancellation)
    {
        var found = await client.GetAsync(repository, cancellation);

        if (found.Status == HttpStatusCode.NotFound)
        {
            await CreateRepositoryAsync(cancellation);
        }
        else if (found.Status != HttpStatusCode.OK)
        {
            throw client.Unexpected(found, $"looking for {options.Owner}/{options.Repository}");
        }
    }

    /// <inheritdoc/>
    public async Task<string?> FindHeadAsync(CancellationToken cancellation)
    {
        var answer = await client.GetAsync(
            $"{repository}/branches/{Uri.EscapeDataString(options.Branch)}", cancellation);

        return answer.Status switch
        {
            HttpStatusCode.OK => ObjectId(ForgeClient.Read(answer, ForgeJson.Default.BranchAnswer).Commit?.Id),
            HttpStatusCode.NotFound => null,
            _ => throw client.Unexpected(answer, $"reading branch {options.Branch}"),
        };
    }

    /// <inheritdoc/>
    public async Task<bool> HasCommitAsync(string commit, CancellationToken cancellation)
    {
        var answer = await client.GetAsync($"{repository}/git/commits/{commit}", cancellation);

        return answer.Status switch
        {
            HttpStatusCode.OK => await IsOnBranchAsync(commit, cancellation),
            HttpStatusCode.NotFound => false,
            _ => throw client.Unexpected(answer, $"looking for commit {commit}"),
        };
    }

    // A commit that a forced push has left behind stays in the repository: it is on the branch if the branch lacks
    // nothing of it. Older servers can't compare, and are believed.
    private async Task<bool> IsOnBranchAsync(string commit, CancellationToken cancellation)
    {
        var answer = await client.GetAsync(
            $"{repository}/compare/{Uri.EscapeDataString(options.Branch)}...{commit}", cancellation);

        return answer.Status switch
        {
            HttpStatusCode.OK => ForgeClient.Read(answer, ForgeJson.Default.CompareAnswer).TotalCommits is 0,
            HttpStatusCode.NotFound => await FindHeadAsync(cancellation) is not null,
            _ => throw client.Unexpected(answer, $"comparing commit {commit} with branch {options.Branch}"),
        };
    }

    /// <inheritdoc/>
    public async Task<byte[]?> FindFileAsync(string path, CancellationToken cancellation)
    {
        var answer = await client.GetAsync(
            $"{ContentsPath(path)}?ref={Uri.EscapeDataString(options.Branch)}", cancellation);

        if (answer.Status == HttpStatusCode.NotFound)
        {
            return null;
        }

        if (answer.Status != HttpStatusCode.OK)
        {
            throw client.Unexpected(answer, $"reading {path}");
        }

        // A forge may leave the content of a large file out.
        var contents = ForgeClient.Read(answer, ForgeJson.Default.ContentsAnswer);
        var blobId = ObjectId(contents.Sha);
        return contents.Content is { Length: > 0 } base64
            ? Decode(base64, blobId)
            : await ReadBlobAsync(blobId, cancellation);
    }

    /// <inheritdoc/>
    public async Task<string> CommitAsync(
        IReadOnlyList<FileChange> changes, string message, CancellationToken cancellation)
    {
        if (changes.Count > 1 && await TryCommitTogetherAsync(changes, message, cancellation) is { } together)
        {
            return together;
        }

        var commit = "";

        foreach (var change in changes)
        {
            commit = await CommitOneAsync(change, message, cancellation);
        }

        return commit;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TreeEntry>> ListAsync(string treeId, CancellationToken cancellation)
    {
        var entries = new List<TreeEntry>();

        for (var page = 1; page <= TreePagesMax; page++)
        {
            var answer = await client.GetAsync(
                $"{repository}/git/trees/{treeId}?per_page={TreePageSize}&page={page}", cancellation);

            if (answer.Status != HttpStatusCode.OK)
            {
                throw client.Unexpected(answer, $"listing {treeId}");
            }

            var tree = ForgeClient.Read(answer, ForgeJson.Default.TreeAnswer);
            var found = tree.Tree ?? [];
            entries.AddRange(found.Select(
                entry => new TreeEntry(Demand(entry.Mode), ObjectId(entry.Sha), entry.Size, Demand(entry.Path))));

            // Servers may have a smaller page than was asked for: only an empty one is sure to be the last.
            if (found.Count == 0)
            {
                // What isn't listed would be taken for removed.
                return entries.Count == Demand(tree.TotalCount) ? entries : throw new ForgeException(
                    $"the forge listed {entries.Count} of {tree.TotalCount} entries", mayPass: true);
            }
        }

        throw new ForgeException($"a folder of {Name} has more than {entries.Count} entries", mayPass: false);
    }

    /// <inheritdoc/>
    public async Task<byte[]> ReadBlobAsync(string blobId, CancellationToken cancellation)
    {
        var answer = await client.GetAsync($"{repository}/git/blobs/{blobId}", cancellation);

        return answer.Status == HttpStatusCode.OK
            ? Decode(Demand(ForgeClient.Read(answer, ForgeJson.Default.BlobAnswer).Content), blobId)
            : throw client.Unexpected(answer, $"reading {blobId}");
    }

    // For an organisation, else for the user whose token it is.
    private async Task CreateRepositoryAsync(CancellationToken cancellation)
    {
        var wanted = new NewRepository(options.Repository, Private: true, AutoInit: true, options.Branch);
        var answer = await client.SendAsync(
            HttpMethod.Post, $"orgs/{Uri.EscapeDataString(options.Owner)}/repos", wanted,
            ForgeJson.Default.NewRepository, cancellation);

        if (answer.Status == HttpStatusCode.NotFound)
        {
            answer = await client.SendAsync(
                HttpMethod.Post, "user/repos", wanted, ForgeJson.Default.NewRepository, cancellation);
        }

        switch (answer.Status)
        {
            // Somebody else was quicker, which looking for it again shows.
            case HttpStatusCode.Conflict:
                throw new ForgeException(
                    $"{options.Owner}/{options.Repository} is being made, or is there and FORGE_TOKEN may not see it, "
                    + "or FORGE_OWNER is somebody else than the user who has it", mayPass: true);
            case HttpStatusCode.Created:
                CheckOwner(ForgeClient.Read(answer, ForgeJson.Default.RepositoryAnswer));
                return;
            default:
                throw client.Unexpected(answer, $"making {options.Owner}/{options.Repository}");
        }
    }

    private void CheckOwner(RepositoryAnswer made)
    {
        if (made.Owner?.Login is { } owner && !owner.Equals(options.Owner, StringComparison.OrdinalIgnoreCase))
        {
            throw new ForgeException(
                $"FORGE_OWNER {options.Owner} is no organisation, nor FORGE_TOKEN's user {client.Clean(owner)}, who "
                + $"has an empty repository {options.Repository} now", mayPass: false);
        }
    }

    // Null where the server can't: it is older, or the repository has no commit yet.
    private async Task<string?> TryCommitTogetherAsync(
        IReadOnlyList<FileChange> changes, string message, CancellationToken cancellation)
    {
        var files = changes.Select(change => new FileOperation(
            change.PreviousBlobId is null ? "create" : "update", change.Path,
            Convert.ToBase64String(change.Content), change.PreviousBlobId));
        var answer = await client.SendAsync(
            HttpMethod.Post, $"{repository}/contents", new NewFiles(message, options.Branch, [.. files]),
            ForgeJson.Default.NewFiles, cancellation);

        return answer.Status switch
        {
            HttpStatusCode.Created => CommitOf(answer, changes),
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.UnprocessableEntity => null,
            _ => throw client.Unexpected(answer, $"committing {changes.Count} files"),
        };
    }

    private async Task<string> CommitOneAsync(FileChange change, string message, CancellationToken cancellation)
    {
        var isNew = change.PreviousBlobId is null;
        var answer = await client.SendAsync(
            isNew ? HttpMethod.Post : HttpMethod.Put, ContentsPath(change.Path),
            new NewFile(Convert.ToBase64String(change.Content), message, options.Branch, change.PreviousBlobId),
            ForgeJson.Default.NewFile, cancellation);

        return answer.Status switch
        {
            HttpStatusCode.Created or HttpStatusCode.OK => CommitOf(answer, [change]),
            // The file was there when it was read: it went away, or the server says so for another reason.
            HttpStatusCode.NotFound when !isNew => throw new ForgeException(
                $"{change.Path} is gone since it was read", mayPass: true),
            _ => throw client.Unexpected(answer, $"committing {change.Path}"),
        };
    }

    private string ContentsPath(string path) =>
        $"{repository}/contents/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";

    private static string CommitOf(ForgeAnswer answer, IReadOnlyList<FileChange> changes)
    {
        var made = ForgeClient.Read(answer, ForgeJson.Default.CommitAnswer);
        var kept = (made.Files ?? [made.Content]).OfType<ContentsAnswer>()
            .ToLookup(file => file.Path, file => file.Sha);

        foreach (var change in changes.Where(change => kept.Contains(change.Path)))
        {
            if (!GitBlob.IsIdOf(ObjectId(kept[change.Path].First()), change.Content))
            {
                throw new ForgeException($"the forge kept something else as {change.Path}", mayPass: true);
            }
        }

        return ObjectId(made.Commit?.Sha);
    }

    private static T Demand<T>(T? field)
        where T : class => field ?? throw Lacking();

    private static T Demand<T>(T? field)
        where T : struct => field ?? throw Lacking();

    private static ForgeException Lacking() => new("the forge's answer lacks a field", mayPass: true);

    // It goes on into paths and logs.
    private static string ObjectId(string? text) => text is { Length: 40 or 64 } && text.All(char.IsAsciiHexDigitLower)
        ? text
        : throw new ForgeException("the forge's answer names an object by what is no id of git's", mayPass: true);

    // What is shorter than it should be would pass for a file whose other records were removed.
    private static byte[] Decode(string base64, string blobId)
    {
        try
        {
            var content = Convert.FromBase64String(base64);
            return GitBlob.IsIdOf(blobId, content) ? content : throw new ForgeException(
                $"the forge's answer is not the content of {blobId}", mayPass: true);
        }
        catch (FormatException)
        {
            throw new ForgeException("the forge's answer holds broken base64", mayPass: true);
        }
    }
}
