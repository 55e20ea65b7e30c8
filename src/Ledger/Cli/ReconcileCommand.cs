using System.CommandLine;
using EventLedger.Ledger.Cli.Printing;
using EventLedger.Ledger.Nodes;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger reconcile</c>: lists the records of nodes that only one of the two rails has carried.</summary>
internal static class ReconcileCommand
{
    private static readonly Column<OneSided>[] Columns =
    [
        new("only", record => record.Rail), new("node_id", record => record.NodeId),
        new("idempotency_key", record => record.IdempotencyKey), new("customer_id", record => record.CustomerId),
        new("amount", record => record.Amount), new("asset", record => record.Asset),
        new("position", record => record.Position),
    ];

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var from = Moment.RequiredOption("--from", "Records that were booked from then on.");
        var to = Moment.RequiredOption("--to", "Records that were booked before then.");
        var output = OutputOption.Create();
        var command = new Verb(
            "reconcile",
            "List the records of nodes that came in an envelope only, or through the forge only.",
            ["ledger reconcile --from 2026-11-21 --to 2026-11-22"])
        {
            from, to, output,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(output),
            parsed.InvocationConfiguration.Output, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, DateTimeOffset from, DateTimeOffset to, OutputForm form, TextWriter output,
        CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        await output.WriteRowsAsync(form, Columns, new Reconciliation(database).ReadAsync(from, to, cancellation));
        return ExitCode.Done;
    }
}
