using EventLedger.Embedded.Running;
using EventLedger.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace EventLedger.Embedded.Tests;

/// <summary>Real servers and example, stand-ins for ledger and proxy.</summary>
public class RunningTheWhole
{
    private static readonly string StandIn = typeof(RunningTheWhole).Assembly.Location;

    [Fact]
    public async Task Once_prints_the_ready_line_and_the_table_and_stops_twice_over()
    {
        var data = TestFolder.Make("run");
        var ports = Ports();

        var first = await RunAsync(data, ports, CancellationToken.None, "--once");
        var second = await RunAsync(data, ports, CancellationToken.None, "--once");

        first.ExitCode.ShouldBe(0);
        first.Output[0].ShouldBe(
            $"ready proxy=http://127.0.0.1:{ports["PROXY_PORT"]} ledger=http://127.0.0.1:{ports["LEDGER_PORT"]} "
            + $"nats=nats://127.0.0.1:{ports["NATS_PORT"]} "
            + $"database=postgres://eventledger@127.0.0.1:{ports["POSTGRES_PORT"]}/eventledger token=stand-in.token");
        first.Output[1].ShouldBe("customer  requests  tokens  amount  balance");
        Rows(first).Length.ShouldBe(3);
        second.ExitCode.ShouldBe(0);

        foreach (var (before, after) in Rows(first).Zip(Rows(second)))
        {
            var (requests, tokens, amount) = (long.Parse(before[1]), long.Parse(before[2]), long.Parse(before[3]));

            requests.ShouldBe(4);
            amount.ShouldBe(-tokens * 156);
            long.Parse(before[4]).ShouldBe(amount);
            long.Parse(after[4]).ShouldBe(2 * amount);
        }
    }

    [Fact]
    public async Task Without_the_example_it_stays_until_it_is_asked_to_stop_and_leaves_its_ports()
    {
        var ports = Ports();
        using var stop = new CancellationTokenSource();
        using var output = new StringWriter();
        var running = StartAsync(TestFolder.Make("run"), ports, output, stop.Token, "--no-demo");

        await Eventually.HoldsAsync(() => output.ToString().Contains("token="));
        await using (var database = new NpgsqlConnection(
            $"Host=127.0.0.1;Port={ports["POSTGRES_PORT"]};Username=eventledger;Database=eventledger;Pooling=false"))
        {
            await database.OpenAsync();
        }

        await stop.CancelAsync();

        (await running).ShouldBe(0);
        output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(1);
        ports.Values.ShouldAllBe(port => Processes.Ports.IsFree(int.Parse(port)));
    }

    [Fact]
    public async Task A_program_that_ends_at_its_start_is_named_with_what_it_said()
    {
        var broken = new RunLayout("/", Path.Combine(TestFolder.Make("empty"), "ledger.dll"), StandIn);

        var failure = await Should.ThrowAsync<EmbeddedException>(() => StartAsync(
            TestFolder.Make("run"), Ports(), TextWriter.Null, CancellationToken.None, broken, "--once"));

        failure.Message.ShouldContain("ledger");
        failure.Message.ShouldContain("logs/ledger.log");
    }

    private static async Task<(int ExitCode, string[] Output)> RunAsync(
        string data, Dictionary<string, string> ports, CancellationToken stop, params string[] arguments)
    {
        using var output = new StringWriter();
        var exitCode = await StartAsync(data, ports, output, stop, arguments);
        return (exitCode, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static Task<int> StartAsync(
        string data, Dictionary<string, string> ports, TextWriter output, CancellationToken stop,
        params string[] arguments) =>
        StartAsync(data, ports, output, stop, new RunLayout("/", StandIn, StandIn), arguments);

    private static Task<int> StartAsync(
        string data, Dictionary<string, string> ports, TextWriter output, CancellationToken stop,
        RunLayout layout, params string[] arguments)
    {
        var options = RunOptions.Parse([.. arguments, "--data", data], ports.GetValueOrDefault);
        return new Runner(options, layout, output, NullLoggerFactory.Instance).RunAsync(stop);
    }

    private static string[][] Rows((int ExitCode, string[] Output) run) =>
        [.. run.Output[2..].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    private static Dictionary<string, string> Ports() =>
        new[] { "PROXY_PORT", "LEDGER_PORT", "NATS_PORT", "POSTGRES_PORT", "UPSTREAM_PORT" }
            .ToDictionary(name => name, _ => $"{FreePort.Next()}");
}
