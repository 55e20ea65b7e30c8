using EventLedger.Ledger.Nodes;
using EventLedger.NodeBilling.Otoml;
using EventLedger.NodeBilling.Pushing;
using EventLedger.Testing;
using EventLedger.Testing.Forges;
using Xunit.Abstractions;

namespace EventLedger.Ledger.Tests.Nodes;

/// <summary>A day of many nodes; the long form prints how long it took.</summary>
public class PullingInBulk(ITestOutputHelper log)
{
    [Fact]
    public async Task A_day_of_all_nodes_is_booked_once()
    {
        var (nodes, hours, records) = Rounds.AreLong ? (50, 24, 500) : (3, 4, 50);
        var repository = BareRepository.Make();
        repository.Commit(null, FilesOf(nodes, hours, records));
        await using var central = await NodeUsage.StartAsync(("FORGE_URL", repository.Url), ("PUSH_INTERVAL", "0"));

        var started = TimeProvider.System.GetTimestamp();
        var (exitCode, output) = await central.RunAsync("pull-usage", "--once");
        var took = TimeProvider.System.GetElapsedTime(started);
        log.WriteLine($"{nodes * hours * records} records in {took.TotalSeconds:N1} s");

        exitCode.ShouldBe(0, output);
        output.ShouldContain($"new {nodes * hours * records}, already known 0, alarms 0");
        (await central.ScalarAsync<long>("select (-sum(balance))::bigint from balances"))
            .ShouldBe(nodes * hours * records * 12L);

        started = TimeProvider.System.GetTimestamp();
        (await central.RunAsync("pull-usage", "--once")).Output.ShouldBe("new 0, already known 0, alarms 0\n");
        log.WriteLine($"again in {TimeProvider.System.GetElapsedTime(started).TotalMilliseconds:N0} ms");
    }

    [Fact]
    public async Task Usage_is_found_among_many_other_events()
    {
        var others = Rounds.Of(few: 20_000, many: 1_000_000);
        await using var ledger = await NodeUsage.StartAsync();
        await ledger.RecordUsageAsync(NodeUsage.Of("k-1"));
        await AddOthersAsync(ledger, others);
        await ledger.RecordUsageAsync(NodeUsage.Of("k-2"));
        var head = await ledger.ScalarAsync<long>("select position from head");
        var recorded = new RecordedUsage(ledger.Sql, new("USD", 2));

        var started = TimeProvider.System.GetTimestamp();
        var found = new List<NodeUsageRecord>();

        for (var position = 0L; position < head;)
        {
            var page = await recorded.ReadAsync(position, head, default);
            found.AddRange(page.Records);
            position = page.Last;
        }

        var all = TimeProvider.System.GetElapsedTime(started);
        started = TimeProvider.System.GetTimestamp();
        await recorded.ReadAsync(head - 1, head, default);
        var last = TimeProvider.System.GetElapsedTime(started);
        log.WriteLine($"among {others} others in {all.TotalMilliseconds:N0} ms");
        log.WriteLine($"after them in {last.TotalMilliseconds:N1} ms");

        found.Select(record => record.IdempotencyKey).ShouldBe(["k-1", "k-2"]);
    }

    // Past the append's guard: what matters here is that they lie between.
    private static async Task AddOthersAsync(LedgerHost ledger, int count)
    {
        await using var connection = await ledger.Sql.OpenConnectionAsync();
        await using var add = new Npgsql.NpgsqlCommand($$"""
            set session_replication_role = replica;
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp)
            select n, gen_random_uuid(), 'c-' || n % 1000, n,
                jsonb_build_object('amount', -234, 'asset', 'OMR/6', 'reason', 'usage:newapi:qwen3-coder',
                    'request_id', 'r-' || n, 'fingerprint', '0123456789abcdef', 'tokens_used', 15,
                    'model', 'qwen3-coder', 'tenant_id', 'tenant-acme', 'latency_ms', 423,
                    'completed_at', '2026-11-21T17:00:00Z', 'observation_id', gen_random_uuid(), 'source', 'gw-1'),
                'usage_recorded', now()
            from generate_series(3, 2 + {{count}}) as n;
            reset session_replication_role;
            select setval('mt_events_sequence', 2 + {{count}});
            analyze mt_events;
            """, connection)
        {
            CommandTimeout = 0,
        };
        await add.ExecuteNonQueryAsync();
    }

    private static Dictionary<string, byte[]?> FilesOf(int nodes, int hours, int records)
    {
        var day = new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
        return (
            from node in Enumerable.Range(0, nodes)
            from hour in Enumerable.Range(0, hours)
            let file = UsageBatchWriter.Write(Enumerable.Range(0, records).Select(record => new NodeUsageRecord
            {
                AmountCents = 12,
                CreatedAt = day.AddHours(hour).AddSeconds(record),
                Description = "chat",
                EventId = Guid.NewGuid(),
                IdempotencyKey = $"k-{hour}-{record}",
                NodeId = $"node-{node}",
                Position = (hour * records) + record + 1,
                ResourceKind = "llm_tokens",
                UserSid = $"u-{((node * 31) + record) % 2000}",
            }))
            select (Path: HourFile.PathOf($"node-{node}", day.AddHours(hour), 1), File: file))
            .ToDictionary(file => file.Path, file => (byte[]?)file.File);
    }
}
