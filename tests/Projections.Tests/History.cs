using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventLedger.EventStore;
using EventLedger.EventStore.Appending;
using EventLedger.EventStore.Schema;
using EventLedger.Projections.Balances;
using EventLedger.Projections.Rebuilding;
using EventLedger.Projections.Statements;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.Projections.Tests;

/// <summary>A ledger's events with their inline balances, written by the simplest caller there can be.</summary>
internal sealed class History : IAsyncDisposable
{
    private static readonly DateTimeOffset Beginning = new(2026, 1, 30, 20, 0, 0, TimeSpan.Zero);

    private readonly TestDatabase testDatabase;
    private readonly PostgresEventStore store;
    private int ids;

    private History(TestDatabase testDatabase)
    {
        this.testDatabase = testDatabase;
        Database = DatabaseUrl.Open(testDatabase.Url, "tests");
        store = new PostgresEventStore(Database);
    }

    public NpgsqlDataSource Database { get; }

    public static async Task<History> CreateAsync() => new(await ProjectionDatabase.Migrated.CopyAsync());

    /// <summary>One that was made at random, in many blocks, with a hole here and there.</summary>
    public static async Task<History> CreateRandomAsync(Random random, int blocks)
    {
        var history = await CreateAsync();

        for (var block = 0; block < blocks; block++)
        {
            var facts = Enumerable.Range(0, random.Next(1, 20)).Select(_ => Fact.AtRandom(random)).ToArray();
            await history.AppendAsync(commits: random.Next(10) > 0, facts);
        }

        return history;
    }

    public Task AppendAsync(params Fact[] facts) => AppendAsync(commits: true, facts);

    /// <summary>Gives each block its own time, hours after the one before, so that days go by.</summary>
    public Task SpreadAsync(int hours) => ExecuteAsync($"""
        update blocks set recorded_at = '{Beginning:O}'::timestamptz + number * interval '{hours} hours';
        update mt_events set timestamp = recorded_at from blocks
        where seq_id >= first_position and seq_id < first_position + positions
        """);

    /// <summary>The time of a block after <see cref="SpreadAsync"/>.</summary>
    public static DateTimeOffset TimeOf(int block, int hours) => Beginning.AddHours(block * hours);

    public async Task RollAsync()
    {
        while (await new StatementRollup(Database).RollAsync(CancellationToken.None))
        {
            // There is more.
        }
    }

    public async Task<RebuildReport> RebuildAsync(
        string view, Way[] ways, bool swap = false, RebuildOptions? options = null)
    {
        await using var rebuilder = await Rebuilder.OpenAsync(
            Database, options ?? new RebuildOptions { SlicePositionsMax = 97 }, CancellationToken.None);
        var rebuilt = RebuiltView.All.Single(known => known.Name == view);
        var report = await rebuilder.RebuildAsync(rebuilt, ways, 10, progress: null, CancellationToken.None);

        if (swap)
        {
            await rebuilder.SwapAsync(rebuilt, CancellationToken.None);
        }

        return report;
    }

    public Task ExecuteAsync(string sql) => Database.ExecuteAsync(sql);

    public Task<T> ScalarAsync<T>(string sql) => Database.ScalarAsync<T>(sql);

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await testDatabase.DisposeAsync();
    }

    private async Task AppendAsync(bool commits, Fact[] facts)
    {
        await using var append = await store.BeginAsync(CancellationToken.None);
        var customers = facts.Select(fact => fact.Customer).Distinct().ToArray();
        await append.CreateStreamsAsync(customers, CancellationToken.None);
        await append.LockAsync(
            [.. facts.CountBy(fact => fact.Customer).Select(count => new StreamClaim(count.Key, count.Value))], [],
            CancellationToken.None);
        var written = await append.WriteAsync([.. facts.Select(NewEvent)], CancellationToken.None);
        await BalanceProjection.ApplyAsync(
            [
                .. facts.Index().Where(fact => fact.Item.Amount is not null).Select(fact => new BalanceChange(
                    fact.Item.Customer, fact.Item.Asset, fact.Item.Amount!.Value, written.FirstPosition + fact.Index)),
            ],
            append.Connection, CancellationToken.None);

        if (commits)
        {
            await append.CommitAsync(CancellationToken.None);
        }
    }

    private NewEvent NewEvent(Fact fact) => new(
        fact.Customer, new Guid(Interlocked.Increment(ref ids), 0, 0, new byte[8]), 0, fact.Type, "Tests.Fact, Tests",
        Encoding.UTF8.GetBytes(fact.Data.ToJsonString()));
}

/// <summary>An event as it is stored, and what it is worth.</summary>
internal sealed record Fact(string Customer, string Type, string Asset, long? Amount, JsonObject Data)
{
    private static readonly string[] Models =
        ["qwen3-coder", "a \"quoted\\\" one", "größer/模型", "with\ttab", "", new string('m', 512)];

    public string Model => (string?)Data["model"] ?? "";

    public static Fact Used(string customer, long amount, string model = "qwen3-coder", string asset = "OMR/6") => new(
        customer, "usage_recorded", asset, amount,
        new JsonObject { ["amount"] = amount, ["asset"] = asset, ["model"] = model, ["tokens_used"] = 15 });

    public static Fact Counted(long sequence)
    {
        var used = Used("c", -1);
        used.Data["source"] = "s";
        used.Data["epoch"] = "e";
        used.Data["sequence"] = sequence;
        return used;
    }

    public static Fact Legacy(string customer, long omr, long micro) => new(
        customer, "legacy_entry_imported", "OMR/6", omr * 1_000_000 + micro,
        new JsonObject { ["amount_omr"] = omr, ["amount_micro_omr"] = micro, ["reason"] = "amount" });

    public static Fact Opened(string customer) => new(
        customer, "account_opened", "", null, new JsonObject { ["tenant_id"] = "t", ["opened_by"] = "usage" });

    public static Fact Granted(string customer, long amount, string asset = "OMR/6") => new(
        customer, "credit_granted", asset, amount,
        new JsonObject { ["amount"] = amount, ["asset"] = asset, ["reason"] = "top-up", ["grant_id"] = "g" });

    public static Fact Reversed(string customer, long amount, string model) => new(
        customer, "usage_reversed", "OMR/6", amount,
        new JsonObject
        {
            ["amount"] = amount,
            ["asset"] = "OMR/6",
            ["model"] = model,
            ["reason"] = "twice",
            ["reversed_type"] = amount % 2 == 0 ? "legacy_entry_imported" : "usage_recorded",
        });

    public static Fact Closed(string customer) => new(
        customer, "account_closed", "", null, new JsonObject { ["reason"] = "left", ["closed_by"] = "op" });

    public static Fact AtRandom(Random random)
    {
        var customer = random.Next(20) == 0 ? new string('c', 512) : $"c-{random.Next(9)}";

        switch (random.Next(20))
        {
            case 0: return Opened(customer);
            case 1: return Legacy(customer, random.Next(-5, 5), random.Next(-900_000, 900_000));
            case 2: return Granted(customer, random.NextInt64(1L << 50), random.Next(2) == 0 ? "USD/2" : "OMR/6");
            case 3: return Reversed(customer, random.Next(1, 1000), Models[random.Next(Models.Length)]);
            case 4: return Closed(customer);
            default:
                var amount = random.NextInt64(-(1L << random.Next(1, 50)), 1L << random.Next(1, 50));
                var fact = Used(
                    customer, amount, Models[random.Next(Models.Length)], random.Next(5) == 0 ? "USD/2" : "OMR/6");

                foreach (var tokens in new[] { "prompt", "completion", "cached", "reasoning" })
                {
                    if (random.Next(2) == 0)
                    {
                        fact.Data[$"{tokens}_tokens"] = random.NextInt64(1L << random.Next(1, 60));
                    }
                }

                if (random.Next(2) == 0)
                {
                    fact.Data["completed_at"] = $"2026-01-{random.Next(10, 31)}T17:00:00Z";
                }

                fact.Data["extra"] = JsonSerializer.Serialize(new { amount = 7, model = "inner" });
                return fact;
        }
    }
}
