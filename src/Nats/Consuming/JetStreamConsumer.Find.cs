using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace EventLedger.Nats;

// Finding: a consumer is asked after before it is pulled from, on each connection, and again when it falls silent.
public sealed partial class JetStreamConsumer
{
    private static readonly TimeSpan InspectDelayMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan InspectDelayMax = TimeSpan.FromSeconds(2);

    private ConsumerSession? session;
    private bool isEstablished;
    private bool isInspecting;

    private void BeginInspection()
    {
        if (!isInspecting)
        {
            isInspecting = true;
            _ = Task.Run(InspectAsync);
        }
    }

    private async Task InspectAsync()
    {
        var delays = new Backoff(InspectDelayMin, InspectDelayMax);
        delays.Next();

        while (LinkToInspect() is { } inspected)
        {
            if (await FindSessionAsync(inspected) is { } found && TryEstablish(found, inspected))
            {
                return;
            }

            await Task.Delay(delays.Next(), time);
        }
    }

    private Link? LinkToInspect()
    {
        lock (gate)
        {
            isInspecting = link is not null && isReading && failure is null;
            return isInspecting ? link : null;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "It is asked again until it answers, or reading ends.")]
    private async Task<ConsumerSession?> FindSessionAsync(Link inspected)
    {
        try
        {
            if (await jetStream.GetConsumerAsync(stream, durable, disposing.Token) is { } consumer
                && await jetStream.GetStreamAsync(stream, disposing.Token) is { } found)
            {
                return new ConsumerSession(inspected.Info.ServerId, found.Created, consumer.Created);
            }

            LogMissing(stream, durable);

            if (options.Provision is { } provision)
            {
                await provision(disposing.Token);
            }
        }
        catch (Exception e)
        {
            LogInspectionFailed(stream, durable, e.Message);
        }

        return null;
    }

    private bool TryEstablish(ConsumerSession found, Link inspected)
    {
        lock (gate)
        {
            if (!ReferenceEquals(link, inspected))
            {
                return false;
            }

            if (session is not null && !session.IsOfSameConsumer(found))
            {
                LogAnotherLife(stream, durable, found.StreamCreated, found.ConsumerCreated);
            }

            session = found;
            isEstablished = true;
            isInspecting = false;
            firstPullHere = lastPull + 1;
            messageAt = Now;
            SettleParked();

            if (isReading)
            {
                Do(engine.Ready(Now));
            }

            return true;
        }
    }

    [LoggerMessage(LogLevel.Error, "{Stream}/{Consumer} does not exist.")]
    private partial void LogMissing(string stream, string consumer);

    [LoggerMessage(LogLevel.Warning, "{Stream}/{Consumer} can't be inspected: {Reason}")]
    private partial void LogInspectionFailed(string stream, string consumer, string reason);

    [LoggerMessage(
        LogLevel.Error,
        "{Stream}/{Consumer} was made anew (stream {StreamCreated}, consumer {ConsumerCreated}); "
        + "acknowledgements of messages from before are dropped.")]
    private partial void LogAnotherLife(
        string stream, string consumer, DateTimeOffset streamCreated, DateTimeOffset consumerCreated);
}
