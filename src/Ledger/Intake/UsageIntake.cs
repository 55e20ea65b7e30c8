using EventLedger.Contracts;
using EventLedger.Ledger.Booking;
using EventLedger.Nats;

namespace EventLedger.Ledger.Intake;

/// <summary>Hands every message of the stream to the lanes. The lanes' bound is what stops the pulling.</summary>
internal sealed partial class UsageIntake(
    NatsConnection connection, BookingLanes lanes, SchemaSetup schema, TimeProvider time,
    IHostApplicationLifetime application, ILogger<UsageIntake> logger) : BackgroundService
{
    private const int BatchMax = 1000;
    private const int HeldMax = 8000;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(2);

    private static readonly StreamSpec Stream = new()
    {
        Name = UsageStream.Name,
        Subjects = [UsageStream.Subject],
        MaxAge = UsageStream.Retention,
    };

    private static readonly ConsumerSpec Consumer = new()
    {
        Durable = UsageStream.Consumer,
        MaxAckPending = 4 * HeldMax,
    };

    private readonly JetStream jetStream = new(connection);
    private volatile bool isProvisioned;
    private volatile JetStreamConsumer? reading;

    /// <summary>Whether the broker answers, and stream and consumer were there when last looked for.</summary>
    public bool IsReady => isProvisioned && connection.State == NatsState.Connected;

    /// <summary>How reading goes on; null while nothing is read.</summary>
    public ConsumerHealth? Health => reading?.Health;

    /// <summary>Asks the broker how the stream stands; null where it doesn't answer within two seconds.</summary>
    public async Task<StreamLook?> LookAtStreamAsync(CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(LookLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);

        try
        {
            return await StreamLook.TakeAsync(connection, both.Token);
        }
        catch (Exception failure) when (failure is NatsException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // Before the database is waited for: readiness tells each of the two by itself.
                await connection.WaitConnectedAsync(stoppingToken);
                await ProvisionAsync(stoppingToken);
                await schema.Applied.WaitAsync(stoppingToken);
                await ReadAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (ConfigurationDriftException drift)
            {
                // Another stream under this name may forget or delete messages: an operator has to decide.
                LogDrift(drift);
                Environment.ExitCode = Cli.ExitCode.Failed;
                application.StopApplication();
                return;
            }
            catch (Exception failure)
            {
                isProvisioned = false;
                LogInterrupted(failure, RetryDelay.TotalSeconds);
            }

            await Task.Delay(RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ProvisionAsync(CancellationToken cancellation)
    {
        await jetStream.EnsureStreamAsync(Stream, cancellation);
        await jetStream.EnsureConsumerAsync(Stream.Name, Consumer, cancellation);
        isProvisioned = true;
    }

    private async Task ReadAsync(CancellationToken cancellation)
    {
        await using var messages = jetStream.CreateConsumer(
            Stream.Name, Consumer.Durable, new PullOptions { MaxMessages = HeldMax, Provision = ProvisionAsync });

        reading = messages;

        try
        {
            await foreach (var batch in messages.ReadBatchesAsync(BatchMax, cancellation))
            {
                foreach (var message in batch)
                {
                    await lanes.SubmitAsync(new BrokerSubmission(message), cancellation);
                }
            }
        }
        finally
        {
            reading = null;
        }
    }

    [LoggerMessage(LogLevel.Critical, "The broker's stream isn't one that this ledger can trust; stopping.")]
    private partial void LogDrift(Exception drift);

    [LoggerMessage(LogLevel.Warning, "Intake was interrupted and goes on in {DelaySeconds} s.")]
    private partial void LogInterrupted(Exception failure, double delaySeconds);
}
