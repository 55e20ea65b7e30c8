namespace EventLedger.Ledger.Settings;

public sealed partial class LedgerSettings
{
    private static readonly TimeSpan VerifyDefault = TimeSpan.FromDays(1);

    /// <summary>
    /// How old the last check of the whole ledger may become, <c>VERIFY_INTERVAL</c>; null for any age.
    /// </summary>
    public TimeSpan? VerifyInterval => Interval("VERIFY_INTERVAL", VerifyDefault);
}
