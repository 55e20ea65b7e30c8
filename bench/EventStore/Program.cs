using EventLedger.EventStore.Bench;

switch (args)
{
    case ["append"]:
        await AppendBench.RunAsync(customers: 1_000);
        await AppendBench.RunAsync(customers: 100_000);
        return 0;
    case ["append", var customers]:
        await AppendBench.RunAsync(int.Parse(customers));
        return 0;
    case ["read"]:
        await ReadBench.RunAsync(customers: 100_000);
        return 0;
    default:
        Console.Error.WriteLine("Usage: EventStore.Bench append [CUSTOMERS] | read");
        return 2;
}
