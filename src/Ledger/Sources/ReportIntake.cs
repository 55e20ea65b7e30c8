using EventLedger.Contracts;
using EventLedger.Contracts.Reports;
using EventLedger.Ledger.Intake;
using EventLedger.Nats;
using Npgsql;

namespace EventLedger.Ledger.Sources;

/// <summary>Hears what producers count, and keeps it. Each ledger does: keeping it again changes nothing.</summary>
internal sealed partial class ReportIntake(
    NatsConnection connection, NpgsqlDataSource database, SchemaSetup schema, ILogger<ReportIntake> logger)
    : BackgroundService
{
    private const int HeldMax = 64;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Applied.WaitAsync(stoppingToken);
        using var reports = connection.Listen(UsageStream.ReportSubject, HeldMax);

        await foreach (var body in reports.ReadAllAsync(stoppingToken))
        {
            if (HourReport.TryRead(body) is { } report && BodyOrigin.IsFollowed(report.Source))
            {
                await KeepAsync(report, stoppingToken);
            }
            else
            {
                LogUnreadable(body.Length);
            }
        }
    }

    private async Task KeepAsync(HourReport report, CancellationToken stopping)
    {
        try
        {
            await ReportTable.KeepAsync(database, report, stopping);
        }
        catch (NpgsqlException failure)
        {
            // The producer says it all again within seconds.
            LogNotKept(report.Source, failure.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "A report of hours with {Bytes} bytes is none, and is left out.")]
    private partial void LogUnreadable(int bytes);

    [LoggerMessage(LogLevel.Warning, "What {Source} counted could not be kept ({Fault}); it will say it again.")]
    private partial void LogNotKept(string source, string fault);
}
