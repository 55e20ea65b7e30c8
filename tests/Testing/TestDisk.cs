using System.Diagnostics;

namespace EventLedger.Testing;

/// <summary>A small file system of a test's own; mounting it needs root.</summary>
public sealed class TestDisk : IDisposable
{
    private TestDisk(string folder) => Folder = folder;

    /// <summary>Where it is mounted.</summary>
    public string Folder { get; }

    /// <summary>In memory, of a bounded size.</summary>
    public static TestDisk InMemory(string size)
    {
        var folder = TestFolder.Make("disk");
        Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", folder);
        return new(folder);
    }

    /// <summary>In a file, so that it can be frozen.</summary>
    public static TestDisk InFile()
    {
        var folder = TestFolder.Make("disk");
        var image = Path.Combine(TestFolder.Make("image"), "ext4");
        File.WriteAllBytes(image, new byte[16 * 1024 * 1024]);
        Run("mkfs.ext4", "-q", "-e", "remount-ro", image);
        Run("mount", "-o", "loop", image, folder);
        return new(folder);
    }

    /// <summary>Changes the size of one in memory.</summary>
    public void Resize(string size) => Run("mount", "-o", $"remount,size={size}", Folder);

    /// <summary>Nothing can be written any more; who tries gets an error.</summary>
    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", Folder);

    /// <summary>
    /// Makes the file system find an error in itself, upon which it turns read-only under files that are open.
    /// </summary>
    public void BreakIntoReadOnly()
    {
        var mounts = File.ReadLines("/proc/mounts").Select(line => line.Split(' '));
        var device = mounts.Single(mount => mount[1] == Folder)[0];
        File.WriteAllText($"/sys/fs/ext4/{Path.GetFileName(device)}/trigger_fs_error", "broken by a test");
    }

    /// <summary>Who writes waits.</summary>
    public void Freeze() => Run("fsfreeze", "-f", Folder);

    /// <summary>Ends <see cref="Freeze"/>.</summary>
    public void Thaw() => Run("fsfreeze", "-u", Folder);

    /// <inheritdoc/>
    public void Dispose() => Run("umount", "-l", Folder);

    private static void Run(string program, params string[] arguments)
    {
        using var run = Process.Start(program, arguments);
        run.WaitForExit();

        if (run.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {run.ExitCode}");
        }
    }
}
