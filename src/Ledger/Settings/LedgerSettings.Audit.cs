using EventLedger.EventStore.Proofs;

namespace EventLedger.Ledger.Settings;

public sealed partial class LedgerSettings
{
    private const int StreamSubscribersDefault = 1000;
    private const int StreamSubscribersLimit = 100_000;

    /// <summary>How many may listen to balances at the same time, <c>STREAM_SUBSCRIBERS_MAX</c>.</summary>
    public int StreamSubscribersMax =>
        Number("STREAM_SUBSCRIBERS_MAX", StreamSubscribersDefault, 1, StreamSubscribersLimit);

    /// <summary>
    /// Reads the private key that signs the heads which auditors ask for, from the file of <c>ANCHOR_KEY_FILE</c>; null
    /// where it isn't set.
    /// </summary>
    internal AnchorKey? ReadAnchorKey()
    {
        if (Optional("ANCHOR_KEY_FILE") is not { } file)
        {
            return null;
        }

        try
        {
            return AnchorKey.Read(File.ReadAllText(file));
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or ProofException)
        {
            throw new SettingException(
                "ANCHOR_KEY_FILE", $"is {file}, which can't be used", "a PEM file with an ECDSA key on the curve P-256");
        }
    }
}
