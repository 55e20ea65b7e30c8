namespace EventLedger.Nats;

/// <summary>
/// The servers to try, in a random order of this process's own. Seeds stay for ever; discovered ones are those of the
/// last list that a server sent.
/// </summary>
internal sealed class ServerPool
{
    /// <summary>Discovered servers kept besides the seeds.</summary>
    public const int DiscoveredMax = 256;

    private readonly Lock gate = new();
    private IReadOnlyList<ServerAddress> seeds;
    private List<ServerAddress> servers;
    private int next;

    public ServerPool(IReadOnlyList<ServerAddress> seeds)
    {
        this.seeds = seeds;
        servers = [.. Shuffled(seeds)];
    }

    public int Count
    {
        get
        {
            lock (gate)
            {
                return servers.Count;
            }
        }
    }

    /// <summary>The next server to try. After a whole round each has been tried once.</summary>
    public ServerAddress Next()
    {
        lock (gate)
        {
            next = (next + 1) % servers.Count;
            return servers[next];
        }
    }

    /// <summary>Begins anew with other seeds. What was discovered had the former ones' credentials.</summary>
    public void Reseed(IReadOnlyList<ServerAddress> others)
    {
        lock (gate)
        {
            seeds = others;
            servers = [.. Shuffled(others)];
        }
    }

    /// <summary>Takes over the list that <paramref name="informant"/> sent. An empty list says nothing.</summary>
    public void Merge(IReadOnlyList<string> connectUrls, ServerAddress informant)
    {
        if (connectUrls.Count == 0)
        {
            return;
        }

        lock (gate)
        {
            var discovered = connectUrls
                .Select(url => ServerAddress.Discovered(url, informant))
                .OfType<ServerAddress>()
                .Where(found => !seeds.Any(seed => seed.Host == found.Host && seed.Port == found.Port))
                .Take(DiscoveredMax);
            servers = [.. Shuffled([.. seeds, .. discovered])];
        }
    }

    private static ServerAddress[] Shuffled(IReadOnlyList<ServerAddress> servers)
    {
        ServerAddress[] shuffled = [.. servers];
        Random.Shared.Shuffle(shuffled);
        return shuffled;
    }
}
