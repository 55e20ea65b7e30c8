using EventLedger.NodeBilling.Forges;
using Npgsql;

namespace EventLedger.Ledger.Nodes;

/// <summary>Does something at the start and after each interval; what fails is done again at the next.</summary>
/// <param name="name">What it does, for the log.</param>
/// <param name="interval">The time from one to the next.</param>
/// <param name="work">What is done.</param>
/// <param name="schema">Tells when the database can be used.</param>
/// <param name="time">Measures the interval.</param>
/// <param name="logger">Hears of failures.</param>
internal sealed partial class NodeSchedule(
    string name, TimeSpan interval, Func<CancellationToken, Task> work, SchemaSetup schema, TimeProvider time,
    ILogger<NodeSchedule> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Applied.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(interval, time);

        do
        {
            try
            {
                await work(stoppingToken);
            }
            catch (ForgeException failure) when (failure.MayPass)
            {
                LogPutOff(name, failure.Message, interval);
            }
            catch (ForgeException wrong)
            {
                LogWrong(name, wrong.Message);
            }
            catch (NpgsqlException failure)
            {
                LogPutOff(name, failure.Message, interval);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // The service has other things to do.
                LogFailed(failure, name, interval);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Warning, "The {Work} of node usage failed ({Fault}); it is done again after {Interval}.")]
    private partial void LogPutOff(string work, string fault, TimeSpan interval);

    [LoggerMessage(LogLevel.Error, "The {Work} of node usage failed; it is done again after {Interval}.")]
    private partial void LogFailed(Exception failure, string work, TimeSpan interval);

    [LoggerMessage(LogLevel.Error, "The {Work} of node usage can't succeed until somebody acts: {Fault}.")]
    private partial void LogWrong(string work, string fault);
}
