using EventLedger.Testing;

namespace EventLedger.EndToEnd.Tests;

public class RunningTheWhole
{
    [Fact]
    public async Task What_the_gateway_answers_is_what_each_customer_pays()
    {
        await using var gateway = await Gateway.StartAsync();
        await using var system = await RunningSystem.StartAsync("--no-demo", "--upstream", gateway.Url);
        var traffic = new Traffic(system);

        await traffic.SendAsync(first: 0, count: 400);
        await traffic.SendChargedAsync("/v1/embeddings", 400);
        await traffic.SendChargedAsync("/v1/chat/completions", 408, times: 100);
        await traffic.SendFreeAsync("/v1/denied", 401, status: 401);
        await traffic.SendFreeAsync("/v1/broken", 402, status: 500);
        await traffic.SendFreeAsync("/api/status", 403);
        await traffic.SendFreeAsync("/api/v1/chat/completions", 404);
        await traffic.SendFreeAsync("/v1/models", 405);
        await traffic.SendFreeAsync("/v1/nothing", 406);
        await traffic.SendFreeAsync("/v1/text", 407);

        await traffic.BalancesBecomeExactAsync();
        var (verified, output) = await system.RunVerbAsync("verify");
        verified.ShouldBe(0, output);
        output.ShouldContain("checked 521 events");
        (await system.StopAsync()).ShouldSatisfyAllConditions(
            stop => stop.ExitCode.ShouldBe(0), stop => stop.LeftBehind.ShouldBeEmpty());
    }

    [Fact]
    public async Task Whatever_is_killed_no_request_fails_and_every_balance_ends_exact()
    {
        await using var gateway = await Gateway.StartAsync();
        await using var system = await RunningSystem.StartAsync("--no-demo", "--upstream", gateway.Url);
        var traffic = new Traffic(system);

        foreach (var (round, victim) in new[] { "nats-server", "ledger.dll", "bin/postgres", "nats-server" }.Index())
        {
            var sending = traffic.SendAsync(first: round * 300, count: 300);
            await system.KillAsync(victim);
            await sending;
        }

        await traffic.BalancesBecomeExactAsync();
        var (verified, output) = await system.RunVerbAsync("verify");
        verified.ShouldBe(0, output);
    }

    [Fact]
    public async Task The_example_ends_with_balances_and_can_be_run_again()
    {
        var folder = TestFolder.Make("once");

        foreach (var round in (int[])[1, 2])
        {
            var (exitCode, output) = await RunningSystem.RunToEndAsync(folder, "--once");

            exitCode.ShouldBe(0, output);
            var rows = output.Split('\n')
                .SkipWhile(line => !line.StartsWith("customer ", StringComparison.Ordinal))
                .Skip(1)
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(row => row.Length == 5)
                .ToArray();
            rows.Length.ShouldBe(3, output);
            rows.Sum(row => int.Parse(row[1])).ShouldBe(12);
            rows.ShouldAllBe(row => long.Parse(row[3]) == -156 * long.Parse(row[2]));
            rows.ShouldAllBe(row => long.Parse(row[4]) == round * long.Parse(row[3]));
        }
    }
}
