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
            HttpStatusCode.OK => Demand(ForgeClient.Read(answer, ForgeJson.Default.CommitAnswer).Commit?.Id),
            HttpStatusCode.NotFound => null,
            _ => throw client.Unexpected(answer, $"reading branch {options.Branch}"),
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
        return contents.Content is { Length: > 0 } base64
            ? Decode(base64)
            : await ReadBlobAsync(Demand(contents.Sha), cancellation);
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

            var found = ForgeClient.Read(answer, ForgeJson.Default.TreeAnswer).Tree ?? [];
            entries.AddRange(found.Select(
                entry => new TreeEntry(Demand(entry.Mode), Demand(entry.Sha), entry.Size, Demand(entry.Path))));

            // Servers may have a smaller page than was asked for: only an empty one is sure to be the last.
            if (found.Count == 0)
            {
                return entries;
            }
        }

        throw new ForgeException($"a folder of {Name} has more than {entries.Count} entries", mayPass: false);
    }

    /// <inheritdoc/>
    public async Task<byte[]> ReadBlobAsync(string blobId, CancellationToken cancellation)
    {
        var answer = await client.GetAsync($"{repository}/git/blobs/{blobId}", cancellation);

        return answer.Status == HttpStatusCode.OK
            ? Decode(Demand(ForgeClient.Read(answer, ForgeJson.Default.BlobAnswer).Content))
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
                throw new ForgeException($"{options.Owner}/{options.Repository} is being made", mayPass: true);
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
                $"FORGE_OWNER {options.Owner} is no organisation, nor the user of FORGE_TOKEN, who is {owner} and has "
                + $"an empty repository {options.Repository} now", mayPass: false);
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
            HttpStatusCode.Created => CommitOf(answer),
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
            HttpStatusCode.Created or HttpStatusCode.OK => CommitOf(answer),
            // The file was there when it was read: it went away, or the server says so for another reason.
            HttpStatusCode.NotFound when !isNew => throw new ForgeException(
                $"{change.Path} is gone since it was read", mayPass: true),
            _ => throw client.Unexpected(answer, $"committing {change.Path}"),
        };
    }

    private string ContentsPath(string path) =>
        $"{repository}/contents/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";

    private static string CommitOf(ForgeAnswer answer) =>
        Demand(ForgeClient.Read(answer, ForgeJson.Default.CommitAnswer).Commit?.Sha);

    private static string Demand(string? text) =>
        text ?? throw new ForgeException("the forge's answer lacks a field", mayPass: true);

    private static byte[] Decode(string base64)
    {
        try
        {
            return Convert.FromBase64String(base64);
        }
        catch (FormatException)
        {
            throw new ForgeException("the forge's answer holds broken base64", mayPass: true);
        }
    }
}
