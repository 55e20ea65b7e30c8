using EventLedger.EventStore.Proofs;

namespace EventLedger.Ledger.Cli;

/// <summary>Files that a verb reads or writes; what goes wrong is said with the file's name.</summary>
internal static class ProofFiles
{
    /// <summary>The anchors in a file, each signed by the key in <paramref name="publicKey"/>, if any.</summary>
    public static IReadOnlyList<Anchor> ReadAnchors(string? file, string? publicKey)
    {
        if (file is null)
        {
            return [];
        }

        var anchors = Read(file, path => AnchorText.ReadAll(File.ReadLines(Bounded(path, AnchorText.BytesMax))));

        if (publicKey is not null)
        {
            using var key = Read(publicKey, path => AnchorKey.Read(File.ReadAllText(path)));
            Read(file, _ => CheckAll(anchors, key));
        }

        return anchors;
    }

    /// <summary>The key in a file.</summary>
    public static AnchorKey ReadKey(string file) => Read(file, path => AnchorKey.Read(File.ReadAllText(path)));

    /// <summary>The receipt in a file.</summary>
    public static Receipt ReadReceipt(string file) =>
        Read(file, path => ReceiptText.Read(File.ReadAllText(Bounded(path, Receipt.BytesMax))));

    /// <summary>Writes a line to a file, or to <paramref name="output"/> where no file is given.</summary>
    public static async Task WriteLineAsync(
        string? file, string line, bool append, TextWriter output, CancellationToken cancellation)
    {
        if (file is null)
        {
            await output.WriteLineAsync(line.AsMemory(), cancellation);
            return;
        }

        try
        {
            var write = append ? File.AppendAllTextAsync(file, line + "\n", cancellation)
                : File.WriteAllTextAsync(file, line + "\n", cancellation);
            await write;
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new ProofException($"{file} can't be written: {unwritable.Message}", unwritable);
        }
    }

    private static int CheckAll(IReadOnlyList<Anchor> anchors, AnchorKey key)
    {
        foreach (var anchor in anchors)
        {
            key.Check(anchor);
        }

        return anchors.Count;
    }

    private static string Bounded(string path, long bytesMax) => new FileInfo(path).Length <= bytesMax
        ? path
        : throw new ProofException($"It is longer than {bytesMax} bytes.");

    private static T Read<T>(string file, Func<string, T> read)
    {
        try
        {
            return read(file);
        }
        catch (Exception wrong) when (wrong is ProofException or IOException or UnauthorizedAccessException)
        {
            throw new ProofException($"{file}: {wrong.Message}", wrong);
        }
    }
}
