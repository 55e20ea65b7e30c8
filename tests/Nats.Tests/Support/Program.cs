using EventLedger.Nats.Tests;

// What the tests start as processes of their own, to kill them.
switch (args)
{
    case ["publish", var url, var round, var messages, var book]:
        await StandInClient.PublishAsync(url, round, int.Parse(messages), book);
        break;
    case ["read", var url, _, _, var book]:
        await StandInClient.ReadAsync(url, book);
        break;
}
