using System.CommandLine;
using System.Text.Json;
using EventLedger.Ledger.Nodes;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger reconcile</c>: lists the records of nodes that only one of the two rails has carried.</summary>
internal static class ReconcileCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var from = MomentOption(
            "--from", "Records that were booked from then on, such as 2026-11-21 or 2026-11-21T17:00Z.");
        var to = MomentOption("--to", "Records that were booked before then.");
        var command = new Command(
            "reconcile", "List the records of nodes that came in an envelope only, or through the forge only.")
        {
            from, to,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.GetValue(from), parsed.GetValue(to), parsed.InvocationConfiguration.Output, cancellation));
        return command;
    }

    private static Option<DateTimeOffset> MomentOption(string name, string description) => new(name)
    {
        Description = description + " UTC unless it says otherwise.",
        Required = true,
        CustomParser = Moment.Parse,
    };

    private static async Task<int> RunAsync(
        LedgerSettings settings, DateTimeOffset from, DateTimeOffset to, TextWriter output,
        CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        var counts = new Dictionary<string, long> { [Rail.Envelope.Name] = 0, [Rail.Forge("").Name] = 0 };

        await foreach (var record in new Reconciliation(database).ReadAsync(from, to, cancellation))
        {
            counts[record.Rail]++;

            // Names in quotes: a node may have chosen them to look like another line.
            await output.WriteLineAsync(
                $"{record.Rail} only: node {Quoted(record.NodeId)}, key {Quoted(record.IdempotencyKey)}, "
                + $"customer {Quoted(record.CustomerId)}, {record.Amount} {record.Asset}, position {record.Position}");
        }

        await output.WriteLineAsync(string.Join(", ", counts.Select(count => $"{count.Key} only {count.Value}")));
        return ExitCode.Done;
    }

    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
