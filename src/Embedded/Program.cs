using EventLedger.Embedded;
using EventLedger.Embedded.Running;

try
{
    var options = RunOptions.Parse(args, Environment.GetEnvironmentVariable);

    if (options.HelpOnly)
    {
        Console.WriteLine(RunOptions.Help);
        return 0;
    }

    using var stop = new StopRequest();
    using var logging = StderrLogging.Create();
    return await new Runner(options, RunLayout.Find(), Console.Out, logging).RunAsync(stop.Token);
}
catch (Exception e) when (e is EmbeddedException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"run: {e.Message}");
    return 1;
}
