using System.Diagnostics;
using System.Text;

namespace EventLedger.Testing.Forges;

/// <summary>A bare git repository on disk, looked at and written through the git program.</summary>
public sealed class BareRepository
{
    /// <summary>The only branch.</summary>
    public const string Branch = "main";

    private const string NoCommit = "0000000000000000000000000000000000000000";

    private BareRepository(string folder) => Folder = folder;

    /// <summary>Where it is.</summary>
    public string Folder { get; }

    /// <summary>For <c>FORGE_URL</c>.</summary>
    public string Url => new Uri(Folder).AbsoluteUri;

    /// <summary>The newest commit; null while there is none.</summary>
    public string? Head => TryRun("rev-parse", "--verify", "--quiet", $"refs/heads/{Branch}")?.Trim();

    /// <summary>How many commits there are.</summary>
    public int Commits => Head is null ? 0 : int.Parse(Run("rev-list", "--count", Branch));

    /// <summary>The paths of all files.</summary>
    public string[] Paths => Head is null
        ? []
        : Run("ls-tree", "-r", "-z", "--name-only", Branch).Split('\0', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A new one, without a commit.</summary>
    public static BareRepository Make()
    {
        var repository = At(Path.Combine(TestFolder.Make("forge"), "repo.git"));
        repository.Init();
        return repository;
    }

    /// <summary>One that is made by somebody else, or later.</summary>
    public static BareRepository At(string folder) => new(folder);

    /// <summary>Makes it.</summary>
    public void Init() => Run("init", "--quiet", "--bare", $"--initial-branch={Branch}");

    /// <summary>A file's text on the branch.</summary>
    public string Read(string path) => Run("cat-file", "blob", $"{Branch}:{path}");

    /// <summary>A file's id on the branch; null where there is none.</summary>
    public string? BlobId(string path) => TryRun("rev-parse", "--verify", "--quiet", $"{Branch}:{path}")?.Trim();

    /// <summary>Commits one text onto whatever there is; null deletes the file.</summary>
    public void Write(string path, string? text, string mode = "100644") => Commit(
        Head, new Dictionary<string, byte[]?> { [path] = text is null ? null : Encoding.UTF8.GetBytes(text) }, mode);

    /// <summary>Commits files; what is null is deleted. Null where the branch isn't at that commit.</summary>
    public string? Commit(string? onto, IReadOnlyDictionary<string, byte[]?> files, string mode = "100644")
    {
        var own = $"refs/own/{Guid.NewGuid():N}";
        MustRun(Script(own, onto, files, mode), "fast-import", "--quiet", "--done");
        var commit = Run("rev-parse", own).Trim();
        var moved = TryRun("update-ref", $"refs/heads/{Branch}", commit, onto ?? NoCommit) is not null;
        Run("update-ref", "-d", own);
        return moved ? commit : null;
    }

    /// <summary>Runs git on it; fails when git does.</summary>
    public string Run(params string[] arguments) => Encoding.UTF8.GetString(MustRun([], arguments));

    /// <summary>Runs git on it; null when it fails.</summary>
    public string? TryRun(params string[] arguments) =>
        RunBytes([], arguments) is { } output ? Encoding.UTF8.GetString(output) : null;

    /// <summary>Runs git on it with an input; fails when git does.</summary>
    public byte[] MustRun(byte[] input, params string[] arguments) => RunBytes(input, arguments)
        ?? throw new InvalidOperationException($"git {string.Join(' ', arguments)} failed in {Folder}");

    private static byte[] Script(
        string own, string? onto, IReadOnlyDictionary<string, byte[]?> files, string mode)
    {
        using var script = new MemoryStream();
        Append($"commit {own}\ncommitter Test <test@localhost> 1795000000 +0000\ndata 4\ntest\n");
        Append(onto is null ? "" : $"from {onto}\n");

        foreach (var (path, content) in files)
        {
            Append(content is null ? $"D {path}\n" : $"M {mode} inline {path}\ndata {content.Length}\n");
            script.Write(content ?? []);
            Append("\n");
        }

        Append("done\n");
        return script.ToArray();

        void Append(string text) => script.Write(Encoding.UTF8.GetBytes(text));
    }

    private byte[]? RunBytes(byte[] input, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("git", [$"--git-dir={Folder}", .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        var copied = process.StandardOutput.BaseStream.CopyToAsync(output);
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        Task.WaitAll(error, copied);
        return process.ExitCode == 0 ? output.ToArray() : null;
    }
}
