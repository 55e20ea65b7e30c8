using EventLedger.Nats.Bench;

return args switch
{
    [] => await NatsBench.RunAsync(messages: 300_000, rounds: 5),
    [var messages, var rounds] => await NatsBench.RunAsync(int.Parse(messages), int.Parse(rounds)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Usage: Nats.Bench [MESSAGES ROUNDS]");
    return 2;
}
