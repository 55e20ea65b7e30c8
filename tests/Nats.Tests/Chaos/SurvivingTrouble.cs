using EventLedger.Embedded.Processes;
using EventLedger.Testing;
using Xunit.Abstractions;

namespace EventLedger.Nats.Tests.Chaos;

/// <summary>Runs by itself: what it does to processes and memory is not to be mixed with others.</summary>
[CollectionDefinition(nameof(SurvivingTrouble), DisableParallelization = true)]
public class Alone;

[Collection(nameof(SurvivingTrouble))]
public class SurvivingTrouble(ITestOutputHelper output)
{
    [Fact]
    public Task Case_57_58_59_the_server_is_killed_while_messages_flow() => FlowAsync(async trial =>
    {
        for (var i = 0; i < 3; i++)
        {
            await trial.PauseAsync(atMostMs: 300);
            await trial.Server.KillAsync();
            await trial.Server.RestartAsync();
        }
    });

    [Fact]
    public Task Case_67_the_server_is_restarted_again_and_again() => FlowAsync(
        async trial =>
        {
            for (var i = 0; i < (Rounds.AreLong ? 60 : 4); i++)
            {
                await Elapse.ForAsync(Rounds.AreLong ? 2000 : 300);
                await trial.Server.StopAsync();
                await trial.Server.RestartAsync();
            }
        },
        rounds: 1,
        roundsLong: 1);

    [Fact]
    public Task Case_61_62_the_server_is_stopped_for_a_while_and_then_stores_what_it_was_sent_before() =>
        FlowAsync(trial => StopForAsync(trial, TimeSpan.FromSeconds(Rounds.AreLong ? 5 : 2)));

    [Fact]
    public Task Case_61_the_server_is_stopped_for_a_minute() => Rounds.AreLong
        ? FlowAsync(trial => StopForAsync(trial, TimeSpan.FromSeconds(60)), roundsLong: 1)
        : Task.CompletedTask;

    [Fact]
    public Task Case_60_the_store_is_wiped_after_it_was_drained() => Trial.RunAsync(output, async trial =>
    {
        await trial.WhileFlowingAsync(() => trial.PauseAsync(atMostMs: 300));
        await trial.BookedAllAsync();
        await trial.WipeStoreAsync();
        await trial.WhileFlowingAsync(() => trial.PauseAsync(atMostMs: 300));
    });

    [Fact]
    public Task Case_63_the_way_is_slow() => FlowAsync(async trial =>
    {
        trial.Proxy.Throttle(200_000);
        await Elapse.ForAsync(3000);
    });

    [Fact]
    public Task Case_64_the_way_swallows_everything_and_says_nothing() => FlowAsync(async trial =>
    {
        await trial.PauseAsync(atMostMs: 100);
        trial.Proxy.Stall();
        await Elapse.ForAsync(1500);
    });

    [Fact]
    public Task Case_65_connections_are_reset_in_the_middle_of_frames() => FlowAsync(async trial =>
    {
        for (var i = 0; i < 10; i++)
        {
            trial.Proxy.Split(trial.Random.Next(1, 2000));
            await trial.PauseAsync(atMostMs: 150);
            trial.Proxy.CutAll();
        }
    });

    [Fact]
    public Task Case_3_4_frames_are_split_at_every_byte() => FlowAsync(async trial =>
    {
        trial.Proxy.Split(1);
        await Elapse.ForAsync(1000);
    });

    [Fact]
    public Task Answers_are_lost() => FlowAsync(async trial =>
    {
        await trial.PauseAsync(atMostMs: 100);
        trial.Proxy.SwallowFromServer();
        await Elapse.ForAsync(800);
        trial.Proxy.CutAll();
    });

    private Task FlowAsync(Func<Trial, Task> trouble, int rounds = 2, int roundsLong = 50) =>
        Trial.RunAsync(output, trial => trial.WhileFlowingAsync(() => trouble(trial)), rounds, roundsLong);

    private static async Task StopForAsync(Trial trial, TimeSpan duration)
    {
        await trial.PauseAsync(atMostMs: 200);
        trial.Server.Process.Send(Signal.Stop);
        await Elapse.ForAsync(duration);
        trial.Server.Process.Send(Signal.Continue);
    }
}
