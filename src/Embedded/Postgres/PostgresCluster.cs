using EventLedger.Embedded.Processes;

namespace EventLedger.Embedded.Postgres;

/// <summary>The files of a cluster: makes them once, and clears away what an earlier process left among them.</summary>
internal sealed class PostgresCluster(PostgresPlace place, string programs)
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Afterwards there is a whole cluster, and no server runs on it. Needs the folder's lock.</summary>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        if (File.Exists(Path.Combine(place.Data, "PG_VERSION")))
        {
            await EndLeftoverAsync(cancellation);
            return;
        }

        if (Directory.Exists(place.Data) && Directory.EnumerateFileSystemEntries(place.Data).Any())
        {
            throw new EmbeddedException($"{place.Data} holds something that is no PostgreSQL cluster: move it away.");
        }

        await MakeAsync(cancellation);
    }

    // Made aside and then renamed: a folder that has the final name is whole, whenever we were interrupted.
    private async Task MakeAsync(CancellationToken cancellation)
    {
        Remove(place.Unfinished);
        Remove(place.Data);

        await OneShot.MustRunAsync(
            new("initdb", Path.Combine(programs, "initdb"),
                "--pgdata", place.Unfinished, "--username", PrivatePostgres.Owner, "--auth", "trust",
                "--encoding", "UTF8", "--lc-collate", "C", "--lc-ctype", "C.UTF-8", "--data-checksums")
            {
                RunAs = place.RunAs,
                WorkingFolder = place.Folder,
            },
            cancellation);

        Directory.Move(place.Unfinished, place.Data);
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // PostgreSQL takes any living process with the number in its pid file for a server, even one that has got the
    // number since: such a file goes. A server that still runs was left by a process that died, and is asked to stop.
    private async Task EndLeftoverAsync(CancellationToken cancellation)
    {
        var pidFile = Path.Combine(place.Data, "postmaster.pid");

        if (ReadProcessId(pidFile) is not { } leftover)
        {
            return;
        }

        if (!IsOurServer(leftover))
        {
            File.Delete(pidFile);
            return;
        }

        Posix.Send(leftover, Signal.Interrupt);

        for (var waited = TimeSpan.Zero; IsOurServer(leftover); waited += Interval)
        {
            if (waited > StopPatience)
            {
                throw new EmbeddedException($"PostgreSQL (process {leftover}) still runs on {place.Data}: stop it.");
            }

            await Task.Delay(Interval, cancellation);
        }
    }

    private static int? ReadProcessId(string pidFile) =>
        File.Exists(pidFile) && int.TryParse(File.ReadLines(pidFile).FirstOrDefault(), out var id) ? id : null;

    private bool IsOurServer(int processId)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/cmdline").Split('\0').Contains(place.Data);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
