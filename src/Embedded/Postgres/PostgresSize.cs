namespace EventLedger.Embedded.Postgres;

/// <summary>How much memory and disk a cluster uses.</summary>
/// <param name="SharedBuffersMiB">Memory for pages.</param>
/// <param name="WalMaxMiB">Write-ahead log between two checkpoints.</param>
/// <param name="WalMinMiB">Write-ahead log that is kept to be used again.</param>
public sealed record PostgresSize(int SharedBuffersMiB, int WalMaxMiB, int WalMinMiB)
{
    private const int MiB = 1024 * 1024;
    private const int MemoryShare = 8;
    private const int DiskShare = 10;

    /// <summary>As shipped; suits 16 GB of memory and 80 GB of disk.</summary>
    public static readonly PostgresSize Full = new(2048, 8192, 7168);

    /// <summary>For tests and small machines.</summary>
    public static readonly PostgresSize Small = new(128, 1024, 128);

    /// <summary>An eighth of memory, a tenth of the disk, between <see cref="Small"/> and <see cref="Full"/>.</summary>
    public static PostgresSize For(long memoryBytes, long diskBytes)
    {
        var wal = Between(Small.WalMaxMiB, diskBytes / MiB / DiskShare, Full.WalMaxMiB);

        return new(
            Between(Small.SharedBuffersMiB, memoryBytes / MiB / MemoryShare, Full.SharedBuffersMiB),
            wal,
            Between(Small.WalMinMiB, (long)wal * Full.WalMinMiB / Full.WalMaxMiB, Full.WalMinMiB));
    }

    /// <summary>What suits this machine and the disk that holds the folder.</summary>
    public static PostgresSize ForMachine(string folder) => For(
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace);

    /// <summary>As the settings file has it.</summary>
    public override string ToString() =>
        $"shared_buffers {SharedBuffersMiB} MB, max_wal_size {WalMaxMiB} MB, min_wal_size {WalMinMiB} MB";

    private static int Between(int least, long wanted, int most) => (int)Math.Clamp(wanted, least, most);
}
