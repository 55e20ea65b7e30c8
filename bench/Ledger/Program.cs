using EventLedger.Ledger.Bench;

const int Rounds = 5;
const int Messages = 200_000;
const int Connections = 6;
var plainDuration = TimeSpan.FromSeconds(3);

if (args is not [var work, var customersText] || !int.TryParse(customersText, out var customers))
{
    Console.Error.WriteLine("Usage: Ledger.Bench intake|requests|balances|growth|legacy|rerate CUSTOMERS");
    return 2;
}

await using var ledger = await RunningLedger.StartAsync();

// The first round makes the customers, and is not counted.
switch (work)
{
    case "intake":
        var meanwhile = new List<double>();
        var backlog = new List<double>();
        var plain = new List<Rate>();

        for (var round = 0; round <= Rounds; round++)
        {
            meanwhile.Add(await IntakeBench.MeasureAsync(ledger, $"run{round}", Messages, customers));
            backlog.Add(await IntakeBench.MeasureBacklogAsync(ledger, $"backlog{round}", Messages, customers));
            plain.Add(await PlainLedger.MeasureAsync(ledger, Connections, customers, plainDuration));
            Console.WriteLine($"round {round}: {backlog[^1]:N0} messages/s from a backlog, "
                + $"{meanwhile[^1]:N0} published meanwhile; plain {plain[^1]}");
        }

        var baseline = Rate.Median(plain.Skip(1));
        Console.WriteLine($"JetStream to commit, {customers} customers: {Median(backlog):N0} messages/s from a "
            + $"backlog, {Median(meanwhile):N0} published meanwhile; "
            + $"plain SQL ledger, {Connections} connections: {baseline}; "
            + $"ratios {Median(backlog) / baseline.PerSecond:N1} and {Median(meanwhile) / baseline.PerSecond:N1}");
        return 0;

    case "requests":
        await IntakeBench.MeasureAsync(ledger, "fill", customers, customers);
        var charged = new List<Rate>();
        var plainly = new List<Rate>();

        for (var round = 0; round <= Rounds; round++)
        {
            charged.Add(await RequestBench.ChargeAsync(ledger, $"run{round}", customers));
            plainly.Add(await PlainLedger.MeasureAsync(ledger, 64, customers, plainDuration));
            Console.WriteLine($"round {round}: {charged[^1]}; plain {plainly[^1]}");
        }

        Console.WriteLine($"single requests, {customers} customers, 64 clients: {Rate.Median(charged.Skip(1))}; "
            + $"plain SQL ledger: {Rate.Median(plainly.Skip(1))}");
        return 0;

    case "balances":
        await IntakeBench.MeasureAsync(ledger, "fill", Messages, customers);
        var reads = new List<Rate>();

        for (var round = 0; round <= Rounds; round++)
        {
            reads.Add(await RequestBench.ReadBalanceAsync(ledger, customers));
            Console.WriteLine($"round {round}: {reads[^1]}");
        }

        Console.WriteLine($"balance reads, {customers} customers, 64 clients: {Rate.Median(reads.Skip(1))}");
        return 0;

    case "growth":
        await GrowthBench.RunAsync(ledger, customers);
        return 0;

    case "legacy":
        return await LegacyBench.RunAsync(ledger, rows: 1_000_000, customers);

    case "rerate":
        return await RerateBench.RunAsync(ledger, charges: 1_000_000, customers);

    default:
        Console.Error.WriteLine($"{work} is none of intake, requests, balances, growth, legacy, rerate.");
        return 2;
}

// Of all but the first round.
static double Median(List<double> rounds) => rounds.Skip(1).Order().ElementAt(Rounds / 2);
