using System.Collections.Concurrent;
using EventLedger.NodeBilling.Forges;
using EventLedger.NodeBilling.Otoml;
using EventLedger.NodeBilling.Pushing;
using Npgsql;

namespace EventLedger.Ledger.Nodes;

/// <summary>
/// Books what nodes have pushed to the repository. It goes down from the newest commit only where git's ids differ
/// from those that were read to their end, so that what hasn't changed isn't read again.
/// </summary>
internal sealed partial class UsagePull
{
    /// <summary>The most files that are read and booked at the same time.</summary>
    public const int FilesAtOnceMax = 8;

    /// <summary>
    /// The longest name that is kept as it is; a longer one would fit no index, and is cut as a node's is.
    /// </summary>
    public const int NameLengthMax = 200;

    /// <summary>
    /// The most nodes that can't be read while those behind them still are; more of them are the forge's fault.
    /// </summary>
    public const int UnreadableMax = 3;

    private const string Root = "";

    private readonly NpgsqlDataSource database;
    private readonly IForge forge;
    private readonly ForgeRetry retry;
    private readonly ForgeObjects known;
    private readonly FilePull files;
    private readonly ILogger<UsagePull> logger;

    /// <summary>Pulls from <paramref name="forge"/>.</summary>
    public UsagePull(
        NpgsqlDataSource database, IForge forge, ForgeRetry retry, RecordBooking booking, NodeRecords records,
        ILogger<UsagePull> logger)
    {
        this.database = database;
        this.forge = forge;
        this.retry = retry;
        this.logger = logger;
        known = new(database, forge.Name);
        files = new(database, booking, records);
    }

    /// <summary>Books what there is, and tells what it found of each node; null if another pull was at it.</summary>
    /// <exception cref="ForgeException">The repository couldn't be read to its end; pulling again goes on.</exception>
    public async Task<IReadOnlyList<NodeReport>?> PullAsync(CancellationToken cancellation)
    {
        await using var turn = await OneAtATime.TakeAsync(
            database, OneAtATime.Pull, OneAtATime.WaitMax, cancellation);

        if (turn is null)
        {
            return null;
        }

        var head = await TryAsync(() => forge.FindHeadAsync(cancellation), cancellation);
        var before = await known.ReadAsync(Root, cancellation);

        if (head is null && before.TryGetValue(Root, out var read))
        {
            throw new ForgeException(
                $"{forge.Name}, which was read up to commit {read}, isn't there any more, or FORGE_TOKEN may not see "
                + "it", mayPass: false);
        }

        if (head is null)
        {
            LogNothing(forge.Name);
        }

        if (head is null || before.GetValueOrDefault(Root) == head)
        {
            return [];
        }

        var reports = await PullNodesAsync(head, cancellation);
        await known.KeepAsync(Root, Root, head, cancellation);
        return reports;
    }

    private async Task<List<NodeReport>> PullNodesAsync(string commit, CancellationToken cancellation)
    {
        var root = await ListAsync(commit, cancellation);
        var parent = root.FirstOrDefault(entry => entry.Name == NodeFolder.Parent);
        var nodes = parent is { IsFolder: true } ? await ListAsync(parent.Id, cancellation) : [];
        var before = await known.ReadAsync(NodeFolder.Parent, cancellation);
        var reports = new List<NodeReport>();
        var failures = new List<ForgeException>();

        if (parent is { IsFolder: false })
        {
            reports.Add(await AlarmAsync(NodeReport.Of(
                NodeFolder.Parent, Odd(PlaceOf(NodeFolder.Parent), parent)), cancellation));
        }

        foreach (var node in nodes.Where(node => before.GetValueOrDefault(node.Name) != node.Id))
        {
            try
            {
                reports.Add(await PullNodeAsync(node, cancellation));
                await known.KeepAsync(NodeFolder.Parent, node.Name, node.Id, cancellation);
            }
            catch (ForgeException failure) when (failures.Count < UnreadableMax)
            {
                LogUnread(node.Name, failure.Message);
                failures.Add(failure);
            }
        }

        foreach (var missing in before.Keys.Except(nodes.Select(node => node.Name)))
        {
            reports.Add(await PullFilesAsync(missing, [], cancellation));
            await known.ForgetAsync(NodeFolder.Parent, missing, cancellation);
        }

        return failures is []
            ? reports
            : throw new ForgeException(
                $"all but {failures.Count} of the nodes were read; the first that wasn't: {failures[0].Message}",
                failures.Exists(failure => failure.MayPass));
    }

    private async Task<NodeReport> PullNodeAsync(TreeEntry node, CancellationToken cancellation) => node.IsFolder
        ? await PullFilesAsync(node.Name, await ListAsync(node.Id, cancellation), cancellation)
        : await AlarmAsync(
            NodeReport.Of(node.Name, Odd(PlaceOf($"{NodeFolder.Parent}/{node.Name}"), node)), cancellation);

    private async Task<NodeReport> PullFilesAsync(
        string node, IReadOnlyList<TreeEntry> entries, CancellationToken cancellation)
    {
        var folder = $"{NodeFolder.Parent}/{node}";
        var before = await known.ReadAsync(folder, cancellation);
        var reports = new ConcurrentBag<NodeReport>();
        var changed = entries.Where(file => before.GetValueOrDefault(file.Name) != file.Id);

        await Parallel.ForEachAsync(
            changed,
            new ParallelOptions { MaxDegreeOfParallelism = FilesAtOnceMax, CancellationToken = cancellation },
            async (file, stopping) =>
            {
                var report = await PullFileAsync(node, file, PlaceOf($"{folder}/{file.Name}"), stopping);
                reports.Add(await AlarmAsync(report, stopping));
                await known.KeepAsync(folder, file.Name, file.Id, stopping);
            });

        foreach (var missing in before.Keys.Except(entries.Select(entry => entry.Name)))
        {
            var report = await files.MissAsync(node, PlaceOf($"{folder}/{missing}"), cancellation);
            reports.Add(await AlarmAsync(report, cancellation));
            await known.ForgetAsync(folder, missing, cancellation);
        }

        return reports.OrderBy(report => report.Alarms.FirstOrDefault()?.Place, StringComparer.Ordinal)
            .Aggregate(NodeReport.Of(node), (sum, report) => sum + report);
    }

    // Judged by what the folder says of it, before any of it is read.
    private async Task<NodeReport> PullFileAsync(
        string node, TreeEntry file, string place, CancellationToken cancellation)
    {
        if (!file.IsFile)
        {
            return NodeReport.Of(node, Odd(place, file));
        }

        if (!HourFile.IsName(file.Name))
        {
            return NodeReport.Of(node, NodeAlarm.Refused(place, "the name is none of an hour's file"));
        }

        if (file.Size > OtomlLimits.BytesMax)
        {
            return NodeReport.Of(node, NodeAlarm.Refused(
                place, $"the file has {file.Size} bytes; at most {OtomlLimits.BytesMax} are read"));
        }

        var content = await TryAsync(() => forge.ReadBlobAsync(file.Id, cancellation), cancellation);
        return await files.BookAsync(node, place, content, cancellation);
    }

    private async Task<IReadOnlyList<TreeEntry>> ListAsync(string treeId, CancellationToken cancellation)
    {
        var entries = await TryAsync(() => forge.ListAsync(treeId, cancellation), cancellation);
        return
        [
            .. entries.Select(entry => entry.Name.Length > NameLengthMax
                ? entry with { Name = NodeFolder.NameOf(entry.Name) }
                : entry),
        ];
    }

    private Task<T> TryAsync<T>(Func<Task<T>> read, CancellationToken cancellation) =>
        retry.RunAsync(read, cancellation);

    private string PlaceOf(string path) => $"{forge.Name} {path}";

    private static NodeAlarm Odd(string place, TreeEntry entry) => NodeAlarm.Refused(
        place, $"git mode {entry.Mode} is neither a file nor a folder where one is expected");

    private async Task<NodeReport> AlarmAsync(NodeReport report, CancellationToken cancellation)
    {
        await NodeAlarm.AddAsync(report.Alarms, database, cancellation);

        foreach (var alarm in report.Alarms)
        {
            LogAlarm(alarm.Kind, alarm.Place, alarm.Detail);
        }

        return report;
    }

    [LoggerMessage(LogLevel.Warning, "There is nothing to pull yet: {Repository} has no commit, or isn't there.")]
    private partial void LogNothing(string repository);

    [LoggerMessage(LogLevel.Warning, "Node {Node} can't be read, and is read again by the next pull: {Reason}")]
    private partial void LogUnread(string node, string reason);

    [LoggerMessage(LogLevel.Warning, "Node usage {Kind}: {Place}: {Detail}")]
    private partial void LogAlarm(string kind, string place, string detail);
}
