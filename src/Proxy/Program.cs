using EventLedger.Proxy;
using EventLedger.Proxy.Monitoring;
using EventLedger.Proxy.Settings;
using EventLedger.Proxy.Spool;
using Microsoft.AspNetCore.Connections;

SocketThreads.RunContinuations();

try
{
    var settings = ProxySettings.Read(Environment.GetEnvironmentVariable);

    if (args is ["healthcheck"])
    {
        return await Healthcheck.RunAsync(settings.ListenPort);
    }

    await using var app = ProxyApplication.Build(settings);
    await app.RunAsync();
    return 0;
}
catch (Exception refused) when (refused is SettingException or SpoolInUseException)
{
    await Console.Error.WriteLineAsync($"metering-proxy can't start: {refused.Message}");
    return 1;
}
catch (IOException taken) when (taken.InnerException is AddressInUseException)
{
    await Console.Error.WriteLineAsync(
        $"metering-proxy can't start: {taken.Message} Stop what listens there, or set LISTEN_PORT or LISTEN_PORT_HTTP2"
        + " to a free port.");
    return 1;
}
