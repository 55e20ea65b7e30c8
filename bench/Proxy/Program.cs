using EventLedger.Proxy.Bench;

return args switch
{
    ["upstream", var port] => await Servers.RunUpstreamAsync(int.Parse(port)),
    ["bare", var port, var upstream] => await Servers.RunBareAsync(int.Parse(port), upstream),
    [] => await Comparison.RunAsync(only: ""),
    [var part] => await Comparison.RunAsync(only: part),
    _ => 2,
};
