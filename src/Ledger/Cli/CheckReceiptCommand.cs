using System.CommandLine;
using EventLedger.EventStore.Proofs;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger check-receipt</c>: checks a receipt without a database or a setting.</summary>
internal static class CheckReceiptCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The receipt." };
        var blockHash = new Option<string?>("--block-hash") { Description = "A block hash that you trust." };
        var anchors = new Option<string?>("--anchor") { Description = "A file of anchors that you kept." };
        var publicKey = new Option<string?>("--public-key")
        {
            Description = "A PEM file with the public key that the anchors must be signed with.",
        };
        var command = new Verb(
            "check-receipt",
            "Check, offline, that a receipt proves what it says.",
            ["ledger check-receipt receipt.json --anchor anchors.txt --public-key anchor-public.pem"],
            "Needs no database and no setting.")
        {
            file, blockHash, anchors, publicKey,
        };
        command.SetAction(parsed => Run(
            ProofFiles.ReadReceipt(parsed.GetRequiredValue(file)), parsed.GetValue(blockHash),
            ProofFiles.ReadAnchors(parsed.GetValue(anchors), parsed.GetValue(publicKey)),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(Receipt receipt, string? blockHash, IReadOnlyList<Anchor> anchors, TextWriter output)
    {
        if ((receipt.FindFault() ?? FindDistrust(receipt, blockHash, anchors)) is { } fault)
        {
            output.WriteLine($"WRONG: {fault}");
            return ExitCode.Failed;
        }

        output.WriteLine($"event {receipt.Event.Id} is at position {receipt.Event.Position}, "
            + $"version {receipt.Event.Version} of stream {receipt.Event.StreamId}");

        if (blockHash is null && anchors.Count == 0)
        {
            output.WriteLine($"if block {receipt.Block.Number} has the hash "
                + $"{Convert.ToHexStringLower(receipt.Block.Hash)}: compare it with one that you trust");
        }

        return ExitCode.Done;
    }

    private static string? FindDistrust(Receipt receipt, string? blockHash, IReadOnlyList<Anchor> anchors)
    {
        var last = receipt.Blocks.Last().Number;

        return blockHash is not null && !receipt.Blocks.Any(block => Convert.ToHexStringLower(block.Hash) == blockHash)
                ? $"no block from {receipt.Block.Number} to {last}, which the receipt has, has that hash"
            : anchors.Count > 0 && !anchors.Any(anchor => receipt.Blocks.Any(anchor.IsOf))
                ? $"no block from {receipt.Block.Number} to {last}, which the receipt has, was anchored"
            : null;
    }
}
