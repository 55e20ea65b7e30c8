namespace EventLedger.Ledger.Settings;

/// <summary>A setting that the program can't run with.</summary>
/// <param name="name">The environment variable.</param>
/// <param name="fault">What is wrong with it, with its value unless it is secret.</param>
/// <param name="expected">What is allowed.</param>
public sealed class SettingException(string name, string fault, string expected)
    : Exception($"{name} {fault}. Expected: {expected}.");
