using System.CommandLine;
using EventLedger.EventStore.Proofs;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger anchor</c>: signs the newest block, to be kept where the database's keeper can't reach.</summary>
internal static class AnchorCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var key = new Option<string>("--key")
        {
            Description = "A PEM file with the private ECDSA key, on the curve P-256.",
            Required = true,
        };
        var file = new Option<string?>("--out")
        {
            Description = "The file that gets another line; else it is printed.",
        };
        var command = new Verb(
            "anchor",
            "Sign the newest block, so that history up to it can't be rewritten unseen.",
            ["ledger anchor --key anchor-key.pem --out anchors.txt"],
            "Keep the anchors where nobody who can change the database can change them.")
        {
            key, file,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.GetRequiredValue(key), parsed.GetValue(file), parsed.InvocationConfiguration.Output,
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, string keyFile, string? file, TextWriter output, CancellationToken cancellation)
    {
        using var key = ProofFiles.ReadKey(keyFile);
        await using var database = settings.OpenDatabase();
        var anchor = key.Sign(await AnchorSource.NewestAsync(database, cancellation));
        await ProofFiles.WriteLineAsync(file, AnchorText.Write(anchor), append: true, output, cancellation);
        return ExitCode.Done;
    }
}
