using EventLedger.Ledger.Cli;
using EventLedger.Ledger.Settings;

var settings = new LedgerSettings(Environment.GetEnvironmentVariable);

return await CommandLine.RunAsync(Verbs.Create(settings), args, Console.Out, Console.Error);
