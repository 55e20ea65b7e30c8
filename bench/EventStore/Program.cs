using EventLedger.EventStore.Bench;

switch (args)
{
    case ["append", var customers]:
        await AppendBench.RunAsync(int.Parse(customers));
        return 0;
    case ["read", var customers]:
        await ReadBench.RunAsync(int.Parse(customers));
        return 0;
    case ["verify", var customers]:
        await VerifyBench.RunAsync(int.Parse(customers));
        return 0;
    case ["growth"]:
        await GrowthBench.RunAsync();
        return 0;
    default:
        Console.Error.WriteLine("Usage: EventStore.Bench append|read|verify CUSTOMERS, or growth");
        return 2;
}
