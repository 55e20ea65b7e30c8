using EventLedger.NodeBilling.Forges;
using EventLedger.NodeBilling.Otoml;

namespace EventLedger.NodeBilling.Pushing;

/// <summary>What a push came to.</summary>
/// <param name="Files">Files that were written.</param>
/// <param name="Records">Records that are in the repository now.</param>
/// <param name="Corrected">Records that somebody had changed there, and which say again what the ledger says.</param>
/// <param name="Commit">The newest commit; null where everything was there already.</param>
public sealed record PushedUsage(int Files, int Records, int Corrected, string? Commit)
{
    /// <summary>Nothing.</summary>
    public static readonly PushedUsage None = new(0, 0, 0, null);

    /// <summary>This push and a later one.</summary>
    public PushedUsage With(PushedUsage later) => new(
        Files + later.Files, Records + later.Records, Corrected + later.Corrected, later.Commit ?? Commit);
}

/// <summary>
/// Puts records into the files of their hours. Done again, after whatever failure, it ends with the same files: each
/// attempt begins with what the repository has.
/// </summary>
/// <param name="forge">The repository.</param>
/// <param name="node">The node whose files they are.</param>
/// <param name="retry">How often it is tried.</param>
public sealed class UsagePusher(IForge forge, string node, ForgeRetry retry)
{
    /// <summary>The most files of one commit.</summary>
    public const int FilesMax = 100;

    /// <summary>The most bytes of one commit, unless a single file has more.</summary>
    public const int BytesMax = 8 * 1024 * 1024;

    /// <summary>Puts the records where they belong; returns once they are there.</summary>
    /// <exception cref="ForgeException">They may not be there; doing it again is safe.</exception>
    public Task<PushedUsage> PushAsync(IReadOnlyCollection<NodeUsageRecord> records, CancellationToken cancellation) =>
        records.Count == 0
            ? Task.FromResult(PushedUsage.None)
            : retry.RunAsync(() => TryPushAsync(records, cancellation), cancellation);

    private async Task<PushedUsage> TryPushAsync(
        IReadOnlyCollection<NodeUsageRecord> records, CancellationToken cancellation)
    {
        await forge.EnsureRepositoryAsync(cancellation);
        var changes = new List<FileChange>();
        var corrected = 0;

        foreach (var hour in records.GroupBy(record => HourFile.HourOf(record.CreatedAt)).OrderBy(hour => hour.Key))
        {
            corrected += await MergeAsync(hour.Key, hour, changes, cancellation);
        }

        string? commit = null;

        foreach (var batch in InCommits(changes))
        {
            commit = await forge.CommitAsync(batch, $"Usage of {NodeFolder.NameOf(node)}", cancellation);
        }

        return new PushedUsage(changes.Count, records.Count, corrected, commit);
    }

    private async Task<int> MergeAsync(
        DateTimeOffset hour, IEnumerable<NodeUsageRecord> records, List<FileChange> changes,
        CancellationToken cancellation)
    {
        var before = await ReadPartsAsync(hour, cancellation);
        var merge = new HourMerge(before.Select((file, index) => RecordsOf(file, hour, index + 1)));

        foreach (var record in records)
        {
            merge.Add(record);
        }

        foreach (var (index, content) in Write(merge, hour).Index())
        {
            var previous = index < before.Count ? GitBlob.IdOf(before[index]) : null;

            if (GitBlob.IdOf(content) != previous)
            {
                changes.Add(new FileChange(HourFile.PathOf(node, hour, index + 1), content, previous));
            }
        }

        return merge.Corrected;
    }

    // Somebody else may have filled a file further than we would.
    private List<byte[]> Write(HourMerge merge, DateTimeOffset hour)
    {
        try
        {
            var files = merge.Files.ToList();
            return files.Count <= HourFile.PartsMax ? files : throw new ArgumentException(
                $"There are more than {HourFile.PartsMax} files.", nameof(merge));
        }
        catch (ArgumentException full)
        {
            throw new ForgeException(
                $"what was recorded doesn't fit into {HourFile.PathOf(node, hour, 1)} and those that follow it. "
                + full.Message, mayPass: false);
        }
    }

    private async Task<List<byte[]>> ReadPartsAsync(DateTimeOffset hour, CancellationToken cancellation)
    {
        var parts = new List<byte[]>();

        while (parts.Count < HourFile.PartsMax
            && await forge.FindFileAsync(HourFile.PathOf(node, hour, parts.Count + 1), cancellation) is { } part)
        {
            parts.Add(part);
        }

        return parts;
    }

    // What can't be read would be lost by writing the file anew.
    private IEnumerable<NodeUsageRecord> RecordsOf(byte[] file, DateTimeOffset hour, int part)
    {
        try
        {
            var batch = UsageBatchReader.Read(file);

            return batch.Refused is [var refused, ..]
                ? throw new OtomlException(refused)
                : batch.Records.Select(placed => placed.Record);
        }
        catch (OtomlException broken)
        {
            throw new ForgeException(
                $"{HourFile.PathOf(node, hour, part)} was changed by somebody and can't be read; restore or delete it. "
                + broken.Message, mayPass: false);
        }
    }

    private static IEnumerable<List<FileChange>> InCommits(IEnumerable<FileChange> changes)
    {
        var batch = new List<FileChange>();
        var bytes = 0L;

        foreach (var change in changes)
        {
            if (batch.Count == FilesMax || (batch.Count > 0 && bytes + change.Content.Length > BytesMax))
            {
                yield return batch;
                batch = [];
                bytes = 0;
            }

            batch.Add(change);
            bytes += change.Content.Length;
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}
