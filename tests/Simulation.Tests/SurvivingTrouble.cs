using EventLedger.Embedded.Postgres;
using EventLedger.Testing;

namespace EventLedger.Simulation.Tests;

/// <summary>
/// Rounds of random intake and random trouble. What a round sends and when things go wrong comes from its seed, which
/// stands in the name of a test that fails; <c>EVENTLEDGER_SEED</c> runs that round alone.
/// </summary>
public sealed class SurvivingTrouble(SurvivingTrouble.Cluster cluster) : IClassFixture<SurvivingTrouble.Cluster>
{
    [Theory, MemberData(nameof(Seeds))]
    public async Task Whatever_goes_wrong_each_charge_is_booked_exactly_once(int seed)
    {
        var scenario = new Scenario(seed);
        await using var round = await Round.StartAsync(scenario, cluster.Postgres, $"round_{seed}");

        await round.RunAsync();

        var audit = await Audit.OfAsync(round.Ledger);
        await audit.BalancesAreTheFoldOfEventsAsync(round.Ledger);
        await audit.NothingIsMissingAsync(round.Ledger, round.Tailed);
        await audit.EachChargeMetItsFateAsync(round.Ledger, round, scenario);
        await round.Ledger.ShouldVerifyAsync();
    }

    public static TheoryData<int> Seeds() => Environment.GetEnvironmentVariable("EVENTLEDGER_SEED") is { } seed
        ? [int.Parse(seed)]
        : [.. Enumerable.Range(1, Rounds.Of(few: 3, many: 200))];

    /// <summary>A cluster of these tests alone, since they kill it.</summary>
    public sealed class Cluster : IAsyncLifetime
    {
        public PrivatePostgres Postgres { get; private set; } = null!;

        public async Task InitializeAsync() => Postgres = await TestPostgres.StartClusterAsync();

        public async Task DisposeAsync() => await Postgres.DisposeAsync();
    }
}
