namespace EventLedger.Embedded.Processes;

/// <summary>
/// Makes a folder ours alone for as long as we live. Whoever holds it may end what an earlier process left there.
/// </summary>
internal static class FolderLock
{
    private const string FileName = "lock";

    // An earlier run that is stopping lets go within this time.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(35);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    public static async Task<IDisposable> TakeAsync(
        string folder, CancellationToken cancellation, TimeSpan? patience = null)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, FileName);
        var triesLeft = (int)((patience ?? Patience) / Interval);

        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (triesLeft-- > 0)
            {
                await Task.Delay(Interval, cancellation);
            }
            catch (IOException)
            {
                throw new EmbeddedException($"Another process uses {folder}: stop it, or choose another folder.");
            }
        }
    }
}
