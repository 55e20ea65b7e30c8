using EventLedger.EventStore.Proofs;
using EventLedger.Ledger.Cli;
using EventLedger.Ledger.Streaming;

namespace EventLedger.Ledger.Settings;

public sealed partial class LedgerSettings
{
    private const int StreamSubscribersDefault = 1000;
    private const int StreamSubscribersLimit = 100_000;

    private static readonly TimeSpan StreamHeartbeatDefault = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan StreamHeartbeatMax = TimeSpan.FromHours(1);

    /// <summary>
    /// How many may listen to balances at the same time, <c>STREAM_SUBSCRIBERS_MAX</c>, and how long they hear nothing
    /// at most, <c>STREAM_HEARTBEAT</c>.
    /// </summary>
    internal FeedOptions Stream => new(
        Number("STREAM_SUBSCRIBERS_MAX", StreamSubscribersDefault, 1, StreamSubscribersLimit),
        Optional("STREAM_HEARTBEAT") switch
        {
            null => StreamHeartbeatDefault,
            var text when Duration.TryParse(text, out var heartbeat) && heartbeat <= StreamHeartbeatMax => heartbeat,
            var text => throw new SettingException(
                "STREAM_HEARTBEAT", $"is {text}", $"a duration such as 15s, up to {StreamHeartbeatMax.TotalHours}h"),
        });

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
            return AnchorKey.ReadPrivate(File.ReadAllText(file));
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or ProofException)
        {
            throw new SettingException(
                "ANCHOR_KEY_FILE", $"is {file}, which can't be used", "a PEM file with a private ECDSA key on P-256");
        }
    }
}
