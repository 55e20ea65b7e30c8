using EventLedger.Proxy.Bench;

return args switch
{
    ["upstream", var port] => await Servers.RunUpstreamAsync(int.Parse(port)),
    ["bare", var port, var upstream] => await Servers.RunBareAsync(int.Parse(port), upstream),
    [] => await Comparison.RunAsync(only: "", isApart: false),
    ["apart"] => await Comparison.RunAsync(only: "", isApart: true),
    ["apart", var part] => await Comparison.RunAsync(only: part, isApart: true),
    [var part] => await Comparison.RunAsync(only: part, isApart: false),
    _ => 2,
};
