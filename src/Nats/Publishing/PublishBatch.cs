using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace EventLedger.Nats;

/// <summary>
/// Messages that are published together and whose answers are waited for as one: handing each answer to a thread of
/// its own costs more than the rest of publishing. Used once.
/// </summary>
public sealed class PublishBatch
{
    private readonly TaskCompletionSource answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Item> items = [];
    private int unanswered;

    /// <summary>How many messages there are.</summary>
    public int Count => items.Count;

    internal ReadOnlySpan<Item> Items => CollectionsMarshal.AsSpan(items);

    /// <summary>Adds a message, before the batch is published.</summary>
    /// <param name="subject">A subject of the stream.</param>
    /// <param name="messageId">What tells the stream that a message sent again is the same one.</param>
    /// <param name="body">The message. It must not change until it is answered or given up.</param>
    /// <param name="headers">Further headers; none may begin with <c>Nats-</c>: those change what is done.</param>
    public void Add(string subject, string messageId, ReadOnlyMemory<byte> body, HeaderBlock headers = default) =>
        items.Add(new(subject, messageId, headers, body));

    /// <summary>Why the message in a place isn't known to be stored; false where the stream has it.</summary>
    public bool HasFailed(int place, [NotNullWhen(true)] out Exception? failure) =>
        (failure = items[place].Failure) is not null;

    internal void Begin() => unanswered = items.Count;

    /// <summary>Called once for each message, under the publisher's lock.</summary>
    internal void Answer(int place, Exception? failure)
    {
        items[place].Failure = failure;

        if (--unanswered == 0)
        {
            answered.TrySetResult();
        }
    }

    internal Task WaitAsync(CancellationToken cancellation) =>
        items.Count == 0 ? Task.CompletedTask : answered.Task.WaitAsync(cancellation);

    internal sealed class Item(string subject, string messageId, HeaderBlock headers, ReadOnlyMemory<byte> body)
    {
        public string Subject => subject;

        public string MessageId => messageId;

        public HeaderBlock Headers => headers;

        public ReadOnlyMemory<byte> Body => body;

        public Exception? Failure { get; set; }
    }
}
