using System.Collections.Concurrent;
using EventLedger.Embedded.Postgres;
using EventLedger.Embedded.Processes;
using EventLedger.EventStore.Reading;
using EventLedger.Ledger.Tests;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace EventLedger.Simulation.Tests;

/// <summary>
/// One round: a scenario sent to three ledgers, one of them a process of its own, on one database and one consumer,
/// while a reader tails what they book.
/// </summary>
internal sealed class Round : IAsyncDisposable
{
    private const int SendersMax = 32;
    private const int AttemptsMax = 500;

    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(90);

    private readonly Scenario scenario;
    private readonly PrivatePostgres cluster;
    private readonly LedgerHost other;
    private readonly LedgerProcess process;
    private readonly Producer producer;
    private readonly CancellationTokenSource leaving = new();
    private readonly ConcurrentQueue<long> tailed = new();
    private readonly Task tailing;
    private int sent;

    private Round(
        Scenario scenario, PrivatePostgres cluster, LedgerHost ledger, LedgerHost other, LedgerProcess process)
    {
        this.scenario = scenario;
        this.cluster = cluster;
        this.other = other;
        this.process = process;
        Ledger = ledger;
        producer = new Producer(ledger.Nats.Url);
        tailing = Task.Run(TailAsync);
    }

    public LedgerHost Ledger { get; }

    /// <summary>What HTTP answered in the end.</summary>
    public ConcurrentDictionary<Sending, int> Answers { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>The positions that the tail saw.</summary>
    public IEnumerable<long> Tailed => tailed;

    public static async Task<Round> StartAsync(Scenario scenario, PrivatePostgres cluster, string name)
    {
        var ledger = await LedgerHost.StartAsync(await TestDatabase.CreateAsync(cluster, name));
        var beside = new LedgerProcess(ledger);
        await beside.StartAsync();
        await ledger.ExecuteAsync($"""
            create sequence commits;
            create function fail_some_commits() returns trigger language plpgsql security definer as $$ begin
                if nextval('commits') % {scenario.CommitsToEachFailure} = 0 then
                    raise exception 'simulated' using errcode = '{scenario.FailureState}';
                end if;
                return null;
            end $$;
            create constraint trigger fail_some_commits after insert on blocks
            deferrable initially deferred for each row execute function fail_some_commits()
            """);
        return new(scenario, cluster, ledger, await ledger.StartBesideAsync(), beside);
    }

    /// <summary>Sends everything while things go wrong, and waits until all of it is settled.</summary>
    public async Task RunAsync()
    {
        await producer.HastenAsync();
        await Task.WhenAll(SendAllAsync(), CauseTroublesAsync());

        // Connections that were cut while they were idle would be found out by the audit's statements.
        Ledger.Sql.Clear();
        await producer.EverythingIsAcknowledgedAsync(SettleLimit);
        await Eventually.BecomesAsync(
            () => Ledger.ScalarAsync<long>("select count(*) from waiting"), waiting => waiting == 0, SettleLimit);
        var head = await Ledger.ScalarAsync<long>("select position from head");
        await Eventually.HoldsAsync(() => tailing.IsFaulted || tailed.LastOrDefault() >= head, SettleLimit);
    }

    public async ValueTask DisposeAsync()
    {
        await leaving.CancelAsync();
        await tailing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await producer.DisposeAsync();
        await process.DisposeAsync();
        await other.DisposeAsync();
        await Ledger.DisposeAsync();
        leaving.Dispose();
    }

    private Task SendAllAsync() => Parallel.ForEachAsync(
        scenario.Sendings, new ParallelOptions { MaxDegreeOfParallelism = SendersMax }, async (sending, _) =>
        {
            if (sending.OverBroker)
            {
                await producer.PublishAsync(sending.Charge.Envelope);
            }
            else
            {
                Answers[sending] = await AnswerAsync(sending.Charge.Envelope);
            }

            Interlocked.Increment(ref sent);
        });

    // No answer, or 503, says that it isn't known whether it was booked: it is sent again, to whichever ledger.
    private async Task<int> AnswerAsync(string envelope)
    {
        HttpClient[] clients = [Ledger.Client, other.Client, process.Client];
        var status = 0;
        var attempts = 0;
        await Eventually.HoldsAsync(
            async () =>
            {
                status = await TryAsync(clients[Random.Shared.Next(clients.Length)], envelope);
                return status is not (0 or 503) || ++attempts > AttemptsMax;
            },
            SettleLimit);
        return status;
    }

    private static async Task<int> TryAsync(HttpClient client, string envelope)
    {
        try
        {
            using var body = new StringContent(envelope, System.Text.Encoding.UTF8, "application/json");
            using var response = await client.PostAsync("/billing/metering/record", body);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    private async Task CauseTroublesAsync()
    {
        foreach (var (after, trouble) in scenario.Troubles)
        {
            await Eventually.HoldsAsync(() => Volatile.Read(ref sent) >= after, SettleLimit);
            await CauseAsync(trouble);
        }
    }

    private async Task CauseAsync(Trouble trouble)
    {
        switch (trouble)
        {
            case Trouble.CutConnections:
                await CutConnectionsAsync();
                break;
            case Trouble.KillLedger:
                await process.KillAndStartAsync();
                await producer.HastenAsync();
                break;
            default:
                cluster.Process!.Send(Signal.Kill);
                await cluster.LaunchAsync(CancellationToken.None);
                break;
        }
    }

    private async Task CutConnectionsAsync()
    {
        await using var cutter = new NpgsqlConnection(Ledger.Sql.ConnectionString + ";Pooling=false");
        await cutter.OpenAsync();
        await using var cut = new NpgsqlCommand(
            """
            select pg_terminate_backend(pid) from pg_stat_activity
            where application_name in ('ledger', 'tail') and random() < 0.5
            """,
            cutter);
        await cut.ExecuteNonQueryAsync();
    }

    private async Task TailAsync()
    {
        await using var database = EventStore.Schema.DatabaseUrl.Open(Ledger.DatabaseUrl, "tail");
        var tail = new EventTail(database, new TailOptions(), TimeProvider.System, NullLogger<EventTail>.Instance);

        await foreach (var @event in tail.FollowAsync(0, leaving.Token))
        {
            tailed.Enqueue(@event.Position);
        }
    }
}
