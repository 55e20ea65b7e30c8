using EventLedger.Projections.Bench;

return args switch
{
    ["rebuild"] => await RebuildBench.RunAsync(events: 2_000_000, customers: 1_000),
    ["rebuild", var events, var customers] => await RebuildBench.RunAsync(int.Parse(events), int.Parse(customers)),
    ["statement"] => await StatementBench.RunAsync(entries: 1_000_000),
    ["statement", var entries] => await StatementBench.RunAsync(int.Parse(entries)),
    ["replay"] => await ReplayBench.RunAsync(events: 1_000_000, customers: 1_000),
    ["replay", var events, var customers] => await ReplayBench.RunAsync(int.Parse(events), int.Parse(customers)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Usage: Projections.Bench rebuild|replay [EVENTS CUSTOMERS] | statement [ENTRIES]");
    return 2;
}
