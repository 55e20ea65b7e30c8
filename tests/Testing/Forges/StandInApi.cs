using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace EventLedger.Testing.Forges;

/// <summary>The calls that the stand-in answers, as Forgejo and Gitea document them.</summary>
/// <param name="repository">What it keeps.</param>
public sealed class StandInApi(BareRepository repository)
{
    private const int TreePageSize = 100;

    private static readonly StandInAnswer NotFound = new(HttpStatusCode.NotFound, new { message = "not there" });

    /// <summary>Whether it takes several files in one commit; older servers don't.</summary>
    public bool CommitsTogether { get; set; } = true;

    /// <summary>Whether it knows the call that compares a branch with a commit.</summary>
    public bool CanCompare { get; set; } = true;

    /// <summary>What an update with an outdated id is answered: 409, and 422 by older servers.</summary>
    public HttpStatusCode OutdatedStatus { get; set; } = HttpStatusCode.Conflict;

    /// <summary>Whether <see cref="StandInForge.Owner"/> is an organisation, and not the token's user.</summary>
    public bool OwnerIsOrganisation { get; set; } = true;

    /// <summary>Who the token belongs to.</summary>
    public string User { get; set; } = StandInForge.Owner;

    private bool Exists => Directory.Exists(repository.Folder);

    /// <summary>Answers one call.</summary>
    public StandInAnswer Answer(HttpRequest request, JsonNode? body)
    {
        var parts = request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);

        return (request.Method, parts[2..]) switch
        {
            ("POST", ["orgs", var owner, "repos"]) when owner == StandInForge.Owner && OwnerIsOrganisation =>
                Make(body!),
            ("POST", ["orgs", ..]) => NotFound,
            ("POST", ["user", "repos"]) => Make(body!),
            (_, ["repos", _, _, ..]) when !Exists => NotFound,
            ("DELETE", ["repos", _, _]) => Remove(),
            ("GET", ["repos", _, _]) => new(HttpStatusCode.OK, new { name = "repo" }),
            ("GET", ["repos", _, _, "branches", var branch]) => Branch(branch),
            ("GET", ["repos", _, _, "git", "trees", var id]) => Tree(id, request.Query),
            ("GET", ["repos", _, _, "git", "blobs", var id]) => Blob(id),
            ("GET", ["repos", _, _, "git", "commits", var id]) =>
                repository.TryRun("cat-file", "-e", $"{id}^{{commit}}") is null
                    ? NotFound
                    : new(HttpStatusCode.OK, new { sha = id }),
            ("GET", ["repos", _, _, "compare", var range]) when CanCompare => Compare(range),
            ("POST", ["repos", _, _, "contents"]) => CommitsTogether ? CommitMany(body!) : NotFound,
            ("GET", ["repos", _, _, "contents", .. var path]) => Contents(string.Join('/', path)),
            ("POST", ["repos", _, _, "contents", .. var path]) => Create(string.Join('/', path), body!),
            ("PUT", ["repos", _, _, "contents", .. var path]) => Update(string.Join('/', path), body!),
            _ => NotFound,
        };
    }

    private StandInAnswer Make(JsonNode body)
    {
        if (Exists)
        {
            return new(HttpStatusCode.Conflict, new { message = "the repository exists" });
        }

        repository.Init();

        if ((bool?)body["auto_init"] == true)
        {
            repository.Write("README.md", "# repo\n");
        }

        var login = OwnerIsOrganisation ? StandInForge.Owner : User;
        return new(HttpStatusCode.Created, new { owner = new { login } });
    }

    private StandInAnswer Remove()
    {
        Directory.Delete(repository.Folder, recursive: true);
        return new(HttpStatusCode.NoContent);
    }

    private StandInAnswer Branch(string branch) => branch == BareRepository.Branch && repository.Head is { } head
        ? new(HttpStatusCode.OK, new { name = branch, commit = new { id = head } })
        : NotFound;

    private StandInAnswer Compare(string range) =>
        repository.TryRun("rev-list", "--count", range.Replace("...", "..")) is { } ahead
            ? new(HttpStatusCode.OK, new { total_commits = int.Parse(ahead, CultureInfo.InvariantCulture) })
            : NotFound;

    private StandInAnswer Contents(string path) => repository.BlobId(path) is { } id
        ? new(HttpStatusCode.OK, new
        {
            sha = id,
            encoding = "base64",
            content = Convert.ToBase64String(repository.MustRun([], "cat-file", "blob", id)),
        })
        : NotFound;

    private StandInAnswer Blob(string id) => repository.TryRun("cat-file", "-e", id) is null
        ? NotFound
        : new(HttpStatusCode.OK, new
        {
            sha = id,
            encoding = "base64",
            content = Convert.ToBase64String(repository.MustRun([], "cat-file", "blob", id)),
        });

    private StandInAnswer Tree(string id, IQueryCollection query)
    {
        if (repository.TryRun("ls-tree", "-z", "-l", id) is not { } listing)
        {
            return NotFound;
        }

        var page = int.Parse(query["page"].FirstOrDefault() ?? "1");
        var entries =
            from line in listing.Split('\0', StringSplitOptions.RemoveEmptyEntries)
            let tab = line.IndexOf('\t')
            let words = line[..tab].Split(' ', StringSplitOptions.RemoveEmptyEntries)
            select new
            {
                path = line[(tab + 1)..],
                mode = words[0],
                type = words[1],
                sha = words[2],
                size = long.TryParse(words[3], out var size) ? size : 0,
            };

        return new(HttpStatusCode.OK, new
        {
            sha = id,
            tree = entries.Skip((page - 1) * TreePageSize).Take(TreePageSize).ToArray(),
            page,
            total_count = entries.Count(),
        });
    }

    private StandInAnswer Create(string path, JsonNode body) => repository.BlobId(path) is not null
        ? new(HttpStatusCode.UnprocessableEntity, new { message = $"{path} exists" })
        : Commit(HttpStatusCode.Created, [(path, body)]);

    private StandInAnswer Update(string path, JsonNode body) => repository.BlobId(path) switch
    {
        null => NotFound,
        _ when body["sha"] is null => new(
            HttpStatusCode.UnprocessableEntity, new { message = "sha is missing" }),
        var id when (string?)body["sha"] != id => new(OutdatedStatus, new { message = "sha does not match" }),
        _ => Commit(HttpStatusCode.OK, [(path, body)]),
    };

    private StandInAnswer CommitMany(JsonNode body)
    {
        var files = body["files"]!.AsArray().Select(file => (Path: (string)file!["path"]!, File: file!)).ToArray();

        foreach (var (path, file) in files)
        {
            var isCreated = (string?)file["operation"] == "create";

            if (isCreated != (repository.BlobId(path) is null))
            {
                return new(HttpStatusCode.UnprocessableEntity, new { message = $"{path} exists or doesn't" });
            }

            if (!isCreated && repository.BlobId(path) != (string?)file["sha"])
            {
                return new(OutdatedStatus, new { message = "sha does not match" });
            }
        }

        return Commit(HttpStatusCode.Created, files);
    }

    private StandInAnswer Commit(HttpStatusCode status, IEnumerable<(string Path, JsonNode File)> files)
    {
        var contents = files.ToDictionary(
            file => file.Path, file => (byte[]?)Convert.FromBase64String((string)file.File["content"]!));
        var commit = new { sha = repository.Commit(repository.Head, contents) };
        var kept = contents.Select(file => new { path = file.Key, sha = IdOf(file.Value!) }).ToArray();
        return kept is [var only]
            ? new(status, new { content = only, commit })
            : new(status, new { files = kept, commit });
    }

    private static string IdOf(byte[] content) => Convert.ToHexStringLower(
        SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
}
