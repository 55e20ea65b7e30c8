using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventLedger.Nats;

/// <summary>
/// Takes batches from a consumer to a handler and settles them by what the handler says. A batch that fails is halved
/// until the message at fault is alone; while the handler's database is away the pump waits, and tells the server so.
/// </summary>
public sealed partial class MessagePump(
    JetStreamConsumer consumer,
    IBatchHandler handler,
    PumpPolicy policy,
    ILogger<MessagePump> log,
    TimeProvider time)
    : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The batch at hand is finished after the stop: what was committed and not acknowledged would come again.
        using var working = new CancellationTokenSource();
        await using var stop = stoppingToken.UnsafeRegister(_ => working.CancelAfter(policy.StopLimit), state: null);

        try
        {
            await foreach (var batch in consumer.ReadBatchesAsync(policy.MaxBatch, stoppingToken))
            {
                await PumpAsync(batch, stoppingToken, working.Token);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopped();
        }
    }

    private async Task PumpAsync(
        IReadOnlyList<JetStreamMessage> batch, CancellationToken stopping, CancellationToken cancellation)
    {
        using var activity = Telemetry.Activities.StartActivity("handle batch", ActivityKind.Consumer);
        activity?.SetTag("messaging.batch.message_count", batch.Count);

        using var progress = time.CreateTimer(
            _ => ReportProgress(batch), state: null, policy.ProgressInterval, policy.ProgressInterval);
        await HandleAsync(batch, stopping, cancellation);
    }

    // As many levels deep as the batch can be halved.
    private async Task HandleAsync(
        IReadOnlyList<JetStreamMessage> batch, CancellationToken stopping, CancellationToken cancellation)
    {
        if (await TryHandleAsync(batch, stopping, cancellation) is not { } failure)
        {
            return;
        }

        if (batch.Count > 1)
        {
            var half = batch.Count / 2;
            await HandleAsync([.. batch.Take(half)], stopping, cancellation);
            await HandleAsync([.. batch.Skip(half)], stopping, cancellation);
            return;
        }

        await QuarantineAsync(batch[0], failure, stopping, cancellation);
    }

    private async Task QuarantineAsync(
        JetStreamMessage message, Exception failure, CancellationToken stopping, CancellationToken cancellation)
    {
        LogQuarantined(message.StreamSequence, failure);

        var refused = await ThroughOutagesAsync(
            async () =>
            {
                await handler.QuarantineAsync(message, failure, cancellation);
                message.Term();
            },
            stopping,
            cancellation);

        // Neither handled nor kept: it must come again, or it would be lost.
        if (refused is not null)
        {
            LogNotKept(message.StreamSequence, refused);
            message.Nak(policy.PauseMax);
        }
    }

    /// <summary>Null once the batch is settled; else what was wrong with one of its messages.</summary>
    private Task<Exception?> TryHandleAsync(
        IReadOnlyList<JetStreamMessage> batch, CancellationToken stopping, CancellationToken cancellation) =>
        ThroughOutagesAsync(
            async () =>
            {
                var outcomes = await handler.HandleAsync(batch, cancellation);

                for (var i = 0; i < batch.Count; i++)
                {
                    outcomes[i].ApplyTo(batch[i]);
                }
            },
            stopping,
            cancellation);

    // An outage counts against no message, however long it lasts. It ends with the process: the messages come again.
    [SuppressMessage("Design", "CA1031", Justification = "The handler judges its failures.")]
    private async Task<Exception?> ThroughOutagesAsync(
        Func<Task> work, CancellationToken stopping, CancellationToken cancellation)
    {
        var pause = policy.PauseMin;

        while (true)
        {
            try
            {
                await work();
                return null;
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                if (handler.Judge(e) == FailureKind.Message)
                {
                    return e;
                }

                LogOutage(pause, e.Message);
            }

            await Task.Delay(pause, time, stopping);
            pause = TimeSpan.FromTicks(long.Min(pause.Ticks * 2, policy.PauseMax.Ticks));
        }
    }

    // What waits behind the batch would be delivered again as well, to be handled twice.
    private void ReportProgress(IReadOnlyList<JetStreamMessage> batch)
    {
        foreach (var message in batch)
        {
            message.InProgress();
        }

        consumer.ReportProgressOfHeld();
    }

    [LoggerMessage(LogLevel.Warning, "Messages can't be handled now, next attempt in {Pause}: {Reason}")]
    private partial void LogOutage(TimeSpan pause, string reason);

    [LoggerMessage(LogLevel.Error, "Message {Sequence} can't be handled even alone and is kept aside.")]
    private partial void LogQuarantined(ulong sequence, Exception exception);

    [LoggerMessage(LogLevel.Error, "Message {Sequence} could not be kept aside and will come again.")]
    private partial void LogNotKept(ulong sequence, Exception exception);

    [LoggerMessage(LogLevel.Information, "Stopped taking messages.")]
    private partial void LogStopped();
}
