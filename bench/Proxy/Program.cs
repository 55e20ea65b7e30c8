using EventLedger.Proxy.Bench;

return args switch
{
    ["upstream", var port] => await Servers.RunUpstreamAsync(int.Parse(port)),
    ["bare", var port, var upstream] => await Servers.RunBareAsync(int.Parse(port), upstream),
    [] => await Comparison.RunAsync(seconds: 2),
    [var seconds] => await Comparison.RunAsync(int.Parse(seconds)),
    _ => 2,
};
