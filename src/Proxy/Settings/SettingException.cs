namespace EventLedger.Proxy.Settings;

/// <summary>A setting that the proxy can't start with.</summary>
internal sealed class SettingException(string name, string? value, string allowed)
    : Exception(value is null ? $"{name} is missing; {allowed}." : $"{name} is \"{value}\"; {allowed}.");
