using System.CommandLine;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Cli;

/// <summary>The command line, a verb for each thing that people do.</summary>
internal static class Verbs
{
    /// <summary>All verbs; none reads a setting before it runs.</summary>
    public static RootCommand Create(LedgerSettings settings)
    {
        var root = new RootCommand("EventLedger: the usage ledger of LLM platforms and metered nodes.")
        {
            ServeCommand.Create(settings),
            HealthcheckCommand.Create(settings),
            MigrateCommand.Create(settings),
            StatusCommand.Create(settings),
            ConservationCommand.Create(settings),
            VerifyCommand.Create(settings),
            AnchorCommand.Create(settings),
            ReceiptCommand.Create(settings),
            CheckReceiptCommand.Create(),
            RebuildCommand.Create(settings),
            ReplayCommand.Create(settings),
            ExportCommand.Create(settings),
            ImportCommand.Create(settings),
            ImportLegacyCommand.Create(settings),
            RerateCommand.Create(settings),
            DeadLettersCommand.Create(settings),
            BalanceCommand.Create(settings),
            EntriesCommand.Create(settings),
            StatementCommand.Create(settings),
            TokenCommand.Create(settings),
            RedeliverCommand.Create(settings),
            PushUsageCommand.Create(settings),
            PullUsageCommand.Create(settings),
            ReconcileCommand.Create(settings),
            CompletionCommand.Create(),
        };
        VerbHelp.AddTo(root);
        return root;
    }
}
