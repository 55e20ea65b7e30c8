using EventLedger.Embedded.Tests.StandIns;

// The arguments are those that ./run gives to the ledger (serve, token) and to the proxy (none).
switch (args)
{
    case ["parent", var folder]: await StandInParent.RunAsync(folder); break;
    case ["token", ..]: Console.WriteLine(StandInLedger.Token); break;
    case ["serve"]: await StandInLedger.RunAsync(); break;
    default: await StandInProxy.RunAsync(); break;
}
