using EventLedger.EventStore.Bench;

return args switch
{
    [] => await AppendBench.RunAsync(events: 300_000, customers: 1_000),
    ["append", var events, var customers] => await AppendBench.RunAsync(int.Parse(events), int.Parse(customers)),
    ["verify"] => await VerifyBench.RunAsync(events: 1_000_000, customers: 1_000)
        + await VerifyBench.RunAsync(events: 1_000_000, customers: 100_000),
    ["verify", var events, var customers] => await VerifyBench.RunAsync(int.Parse(events), int.Parse(customers)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Usage: EventStore.Bench [append EVENTS CUSTOMERS | verify [EVENTS CUSTOMERS]]");
    return 2;
}
