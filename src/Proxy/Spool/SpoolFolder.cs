using System.Globalization;

namespace EventLedger.Proxy.Spool;

/// <summary>Another process works on the folder.</summary>
internal sealed class SpoolInUseException(string path)
    : IOException($"The spool folder {path} belongs to another process, which is running; each needs its own.");

/// <summary>The folder of a spool and the names in it. One process owns it at a time.</summary>
internal sealed class SpoolFolder : IDisposable
{
    private const string SegmentSuffix = ".segment";
    private const int OwnedByAnother = 11;

    private readonly FileStream owner;

    private SpoolFolder(string path, FileStream owner) => (Root, this.owner) = (path, owner);

    /// <summary>The folder itself.</summary>
    public string Root { get; }

    /// <summary>Where <see cref="SpoolState"/> is kept.</summary>
    public string StatePath => Path.Combine(Root, "state");

    /// <summary>The segments that are there, oldest first.</summary>
    public IReadOnlyList<long> Segments =>
    [
        .. Directory.EnumerateFiles(Root, "*" + SegmentSuffix)
            .Select(path => NumberOf(Path.GetFileNameWithoutExtension(path)))
            .OfType<long>()
            .Order(),
    ];

    /// <summary>Makes the folder if it is missing, and owns it until disposed.</summary>
    public static SpoolFolder Claim(string path)
    {
        Directory.CreateDirectory(path);

        try
        {
            return new(path, new FileStream(
                Path.Combine(path, "owner"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException taken) when (taken.HResult == OwnedByAnother)
        {
            throw new SpoolInUseException(path);
        }
    }

    /// <summary>The file of a segment.</summary>
    public string SegmentPath(long number) => Path.Combine(Root, $"{number:D12}{SegmentSuffix}");

    /// <summary>Keeps bytes that are no record in a file of their own.</summary>
    public void SetAside(SpoolPosition from, ReadOnlySpan<byte> bytes)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "damaged"));
        File.WriteAllBytes(Path.Combine(folder.FullName, $"{from.Segment:D12}-{from.Offset:D12}.bin"), bytes);
    }

    /// <summary>Keeps a record that the broker refuses for good.</summary>
    public void SetAside(SpoolRecord refused)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "refused"));
        File.WriteAllBytes(Path.Combine(folder.FullName, $"{refused.Id:D}.json"), refused.Body.Span);
    }

    /// <inheritdoc/>
    public void Dispose() => owner.Dispose();

    private static long? NumberOf(string name) =>
        long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
