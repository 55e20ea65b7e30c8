using EventLedger.Embedded.Postgres;
using EventLedger.Ledger.Tests;
using EventLedger.Testing;

namespace EventLedger.Simulation.Tests;

/// <summary>An operator at the page on backup and restore, with a shell on the database's machine.</summary>
internal sealed class RestoreRunbook
{
    private readonly ExampleDocument page = new("ops/runbooks/backup-and-restore.md");
    private readonly string folder = TestFolder.Make("restore");
    private readonly Dictionary<string, string> variables;

    private RestoreRunbook(PrivatePostgres cluster, LedgerHost ledger)
    {
        Data = Path.Combine(cluster.Folder, "data");
        variables = new()
        {
            ["DATABASE_URL"] = ledger.DatabaseUrl,
            ["NATS_URL"] = ledger.Nats.Url,
            ["admin"] = ledger.OwnerUrl,
            ["pgdata"] = Data,
            ["archive"] = Path.Combine(cluster.Folder, "archive"),
            ["backup"] = folder,
            ["PATH"] = $"{ProjectFolder.Root}:{PostgresPrograms}:{Environment.GetEnvironmentVariable("PATH")}",
        };
    }

    /// <summary>PostgreSQL's data folder.</summary>
    public string Data { get; }

    /// <summary>The anchors' private key.</summary>
    public string KeyFile => Path.Combine(folder, "private.pem");

    /// <summary>A file for anchors of what is lost.</summary>
    public string LaterAnchors => Path.Combine(folder, "later");

    // Not all of what the page uses is on everybody's path.
    private static string PostgresPrograms => Directory.GetDirectories("/usr/lib/postgresql")
        .Select(version => Path.Combine(version, "bin")).First(Path.Exists);

    /// <summary>Opens the page, with an empty archive beside the cluster.</summary>
    public static async Task<RestoreRunbook> OpenAsync(PrivatePostgres cluster, LedgerHost ledger)
    {
        var runbook = new RestoreRunbook(cluster, ledger);
        var (exitCode, output) = await Shell.RunAsync(
            runbook.folder, runbook.variables, "bash", "-c",
            """mkdir "$archive" && chown --reference "$pgdata" "$archive" """);
        exitCode.ShouldBe(0, output);
        return runbook;
    }

    /// <summary>Does what is said under a heading, with further variables.</summary>
    public async Task FollowAsync(string heading, params (string Name, string Value)[] more)
    {
        page.Lines.ShouldContain($"## {heading}");
        var (exitCode, output) = await page.RunAsync(
            folder, [.. variables, .. more.Select(each => KeyValuePair.Create(each.Name, each.Value))], heading);
        exitCode.ShouldBe(0, output);
    }
}
