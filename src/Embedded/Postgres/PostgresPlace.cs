using System.Security.Cryptography;
using System.Text;
using EventLedger.Embedded.Processes;

namespace EventLedger.Embedded.Postgres;

/// <summary>Where a cluster lies and who runs it: PostgreSQL refuses root, and its other user must get there.</summary>
/// <param name="Folder">Holds everything below.</param>
/// <param name="RunAs">Who runs it and owns its files; null for ourselves.</param>
internal sealed record PostgresPlace(string Folder, User? RunAs)
{
    /// <summary>The longest path of a unix socket that Linux takes.</summary>
    public const int SocketPathBytesMax = 107;

    private const int HashLength = 12;
    private const UnixFileMode OwnerOnly =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The cluster's data.</summary>
    public string Data => Path.Combine(Folder, "data");

    /// <summary>Where a cluster is made before it becomes <see cref="Data"/>.</summary>
    public string Unfinished => Path.Combine(Folder, "data.unfinished");

    /// <summary>The settings file.</summary>
    public string Settings => Path.Combine(Folder, "postgresql.conf");

    /// <summary>The folder itself, or one under /var/tmp where who runs the cluster can't reach it. Makes it.</summary>
    public static async Task<PostgresPlace> FindAsync(string folder, CancellationToken cancellation)
    {
        var asked = await WithItsOwnerAsync(new(Path.GetFullPath(folder), User.ForPostgres()), cancellation);
        MakeFolder(asked.Folder, asked.RunAs);

        if (asked.RunAs is null || await CanEnterAsync(asked, cancellation))
        {
            return asked;
        }

        var reachable = asked with { Folder = $"/var/tmp/eventledger-{Hash(asked.Folder)}" };
        reachable = await WithItsOwnerAsync(reachable, cancellation);
        MakeFolder(reachable.Folder, reachable.RunAs);
        return reachable;
    }

    /// <summary>The socket's folder: ours, or a short one where ours makes the socket's path too long.</summary>
    public string SocketFolder(int port)
    {
        var own = Path.Combine(Folder, "socket");
        var socket = Path.Combine(own, $".s.PGSQL.{port}.lock");

        return Encoding.UTF8.GetByteCount(socket) <= SocketPathBytesMax ? own : $"/tmp/eventledger-{Hash(Folder)}";
    }

    /// <summary>Makes a folder that only who runs the cluster may enter.</summary>
    public static void MakeFolder(string folder, User? owner)
    {
        Directory.CreateDirectory(folder);

        if (owner is not null)
        {
            Posix.GiveTo(owner, folder);
        }

        try
        {
            File.SetUnixFileMode(folder, OwnerOnly);
        }
        catch (UnauthorizedAccessException)
        {
            throw new EmbeddedException($"{folder} belongs to another user: choose another folder, or be that user.");
        }
    }

    // Root takes over no cluster: it runs the one that is there as the user who made it.
    private static async Task<PostgresPlace> WithItsOwnerAsync(PostgresPlace place, CancellationToken cancellation)
    {
        if (place.RunAs is null || !Directory.Exists(place.Data))
        {
            return place;
        }

        var owner = await OneShot.MustRunAsync(new("stat", "stat", "--format", "%U %u %g", place.Data), cancellation);

        return owner.Trim().Split(' ') is [var name, var uid, var gid]
            ? place with { RunAs = new(name, int.Parse(uid), int.Parse(gid)) }
            : place;
    }

    private static async Task<bool> CanEnterAsync(PostgresPlace place, CancellationToken cancellation)
    {
        var test = new ChildCommand("test", "test", "-w", place.Folder) { RunAs = place.RunAs, WorkingFolder = "/" };
        return (await OneShot.RunAsync(test, cancellation)).ExitCode == 0;
    }

    private static string Hash(string folder) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..HashLength];
}
