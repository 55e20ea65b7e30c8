using EventLedger.EventStore.Bench;

return args switch
{
    [] => await AppendBench.RunAsync(events: 300_000, customers: 1_000),
    ["read"] => await ReadBench.RunAsync(events: 1_000_000, customers: 100_000),
    ["read", var events, var customers] => await ReadBench.RunAsync(int.Parse(events), int.Parse(customers)),
    [var events, var customers] => await AppendBench.RunAsync(int.Parse(events), int.Parse(customers)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Usage: EventStore.Bench [read] [EVENTS CUSTOMERS]");
    return 2;
}
