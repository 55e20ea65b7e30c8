namespace EventLedger.Nats;

/// <summary>What becomes of messages. It commits by itself: the pump settles only what it has said is done.</summary>
public interface IBatchHandler
{
    /// <summary>
    /// Handles a batch, all of it in one transaction, and returns an outcome for each message, in their order. It
    /// throws where nothing of the batch took effect. The same message may come again, alone or in another batch.
    /// </summary>
    ValueTask<IReadOnlyList<Outcome>> HandleAsync(
        IReadOnlyList<JetStreamMessage> batch, CancellationToken cancellation);

    /// <summary>Keeps a message that can't be handled even alone. It will not come again once this returns.</summary>
    ValueTask QuarantineAsync(JetStreamMessage message, Exception failure, CancellationToken cancellation);

    /// <summary>What a failure says: something about the messages, or about the place where they are kept.</summary>
    FailureKind Judge(Exception failure);
}

/// <summary>What a failure is about.</summary>
public enum FailureKind
{
    /// <summary>One of the messages: the batch is halved until it is alone.</summary>
    Message,

    /// <summary>The database or the like: nothing is counted against the messages, and the pump waits.</summary>
    Outage,
}
