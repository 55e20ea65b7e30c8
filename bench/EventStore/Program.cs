using EventLedger.EventStore.Bench;

return args switch
{
    [] => await AppendBench.RunAsync(events: 300_000, customers: 1_000),
    [var events, var customers] => await AppendBench.RunAsync(int.Parse(events), int.Parse(customers)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Usage: EventStore.Bench [EVENTS CUSTOMERS]");
    return 2;
}
