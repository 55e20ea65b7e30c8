using System.CommandLine;
using EventLedger.EventStore.Proofs;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger receipt</c>: proves that one entry is in the ledger.</summary>
internal static class ReceiptCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var eventId = new Argument<Guid>("event-id") { Description = "The entry's event id." };
        var file = new Option<string?>("--out") { Description = "The file to write; else it is printed." };
        var anchors = new Option<string?>("--anchor")
        {
            Description = "A file of anchors; the receipt then leads to the first one that covers the entry.",
        };
        var command = new Verb(
            "receipt",
            "Write a proof that one entry is in the ledger.",
            ["ledger receipt 01890a5d-ac96-774b-bcce-b302099a8057 --anchor anchors.txt --out receipt.json"])
        {
            eventId, file, anchors,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.GetRequiredValue(eventId), parsed.GetValue(anchors), parsed.GetValue(file),
            parsed.InvocationConfiguration.Output, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, Guid eventId, string? anchorFile, string? file, TextWriter output,
        CancellationToken cancellation)
    {
        var anchors = ProofFiles.ReadAnchors(anchorFile, publicKey: null);
        await using var database = settings.OpenDatabase();
        var receipt = await new ReceiptSource(database).MakeAsync(eventId, anchors, cancellation);
        await ProofFiles.WriteLineAsync(file, ReceiptText.Write(receipt), append: false, output, cancellation);
        return ExitCode.Done;
    }
}
