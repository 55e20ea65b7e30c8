using EventLedger.Embedded.Processes;
using EventLedger.Embedded.Supervision;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventLedger.Embedded.Tests;

public class SupervisingServices
{
    private readonly string folder = TestFolder.Make("supervised");

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(4, 8)]
    [InlineData(5, 10)]
    [InlineData(1_000_000, 10)]
    public void A_service_that_dies_again_and_again_waits_longer_up_to_a_bound(int deaths, int seconds) =>
        RestartDelay.After(deaths).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Fact]
    public void A_service_that_ran_for_long_has_recovered()
    {
        RestartDelay.DeathsInRow(4, RestartDelay.RecoveredAfter - TimeSpan.FromTicks(1)).ShouldBe(5);
        RestartDelay.DeathsInRow(4, RestartDelay.RecoveredAfter).ShouldBe(1);
    }

    [Fact]
    public async Task A_service_that_dies_is_started_again_and_the_first_death_is_told()
    {
        var launched = new List<ChildProcess>();
        await using var supervisor = Start();
        await supervisor.StartAsync(Service("sleeper", "exec sleep 600", launched), CancellationToken.None);
        supervisor.FirstDeath.IsCompleted.ShouldBeFalse();

        launched[0].Send(Signal.Kill);

        (await supervisor.FirstDeath).ShouldBe("sleeper");
        await Eventually.HoldsAsync(() => launched.Count == 2);
        (await launched[0].Exited).ShouldBe(128 + (int)Signal.Kill);
        launched[1].Exited.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_start_that_fails_is_tried_again()
    {
        var launched = new List<ChildProcess>();
        var sleeper = Service("sleeper", "exec sleep 600", launched);
        var launches = 0;
        await using var supervisor = Start();
        await supervisor.StartAsync(
            sleeper with
            {
                LaunchAsync = cancellation => ++launches == 2
                    ? throw new EmbeddedException("not now")
                    : sleeper.LaunchAsync(cancellation),
            },
            CancellationToken.None);

        launched[0].Send(Signal.Kill);

        await Eventually.HoldsAsync(() => launched.Count == 2);
        launches.ShouldBe(3);
    }

    [Fact]
    public async Task Services_stop_in_the_reverse_order_of_their_start()
    {
        var order = Path.Combine(folder, "order");
        var supervisor = Start();

        foreach (var name in new[] { "first", "second", "third" })
        {
            await supervisor.StartAsync(
                Service(name, $"trap 'echo {name} >> {order}; exit' TERM; echo up; while :; do sleep 0.05; done"),
                CancellationToken.None);
        }

        await supervisor.DisposeAsync();

        File.ReadAllLines(order).ShouldBe(["third", "second", "first"]);
    }

    [Fact]
    public async Task A_child_that_will_not_stop_is_killed_at_the_limit()
    {
        await using var child = await LaunchAsync("stubborn", "trap '' TERM; echo up; while :; do sleep 0.05; done");

        await child.StopAsync(TimeSpan.FromMilliseconds(100));

        (await child.Exited).ShouldBe(128 + (int)Signal.Kill);
    }

    [Fact]
    public async Task Once_stopped_nothing_is_started_again()
    {
        var launched = new List<ChildProcess>();
        var supervisor = Start();
        await supervisor.StartAsync(Service("sleeper", "exec sleep 600", launched), CancellationToken.None);

        await supervisor.DisposeAsync();

        supervisor.FirstDeath.IsCompleted.ShouldBeFalse();
        launched.Single().Exited.IsCompleted.ShouldBeTrue();
    }

    private static Supervisor Start() => new(TimeProvider.System, NullLogger<Supervisor>.Instance);

    private Service Service(string name, string script, List<ChildProcess>? launched = null) => new(name, async _ =>
    {
        var child = await LaunchAsync(name, script);
        launched?.Add(child);
        return child;
    });

    // A script that says that it is up has its traps set.
    private async Task<ChildProcess> LaunchAsync(string name, string script)
    {
        var child = await ChildProcess.StartAsync(
            new(name, "sh", "-c", script), Path.Combine(folder, $"{name}.log"));

        await Eventually.HoldsAsync(() => !script.Contains("echo up") || child.LastWords == "up");
        return child;
    }
}
