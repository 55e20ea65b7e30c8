using EventLedger.Proxy;
using EventLedger.Proxy.Settings;
using EventLedger.Proxy.Spool;

try
{
    await using var app = ProxyApplication.Build(ProxySettings.Read(Environment.GetEnvironmentVariable));
    await app.RunAsync();
    return 0;
}
catch (Exception refused) when (refused is SettingException or SpoolInUseException)
{
    await Console.Error.WriteLineAsync($"metering-proxy can't start: {refused.Message}");
    return 1;
}
