namespace EventLedger.EventStore.Appending;

/// <summary>
/// The advisory lock of all who write events, held shared to the end of each append: who takes it alone finds every
/// append either committed or not begun.
/// </summary>
public static class WriterLock
{
    /// <summary>Its number.</summary>
    public const string Key = "7000000000000000003";
}
