using System.Text;

namespace EventLedger.Nats;

// Messages outside of streams: who listens hears them, and nobody keeps them.
public sealed partial class NatsConnection
{
    /// <summary>Sends a message to whoever listens, and returns when the server has it.</summary>
    /// <exception cref="NatsDisconnectedException">There is no connection, or it ended meanwhile.</exception>
    public async Task PublishAsync(string subject, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        Names.RequireSubject(subject);
        var here = link;

        if (here is null || !TryWrite(here, subject, body.Span))
        {
            throw new NatsDisconnectedException("There is no connection, or no room to send.");
        }

        await here.FlushAsync(cancellation);
    }

    /// <summary>
    /// Listens to a subject, through every connection there will be, until disposed. Of what isn't read in time the
    /// oldest is forgotten.
    /// </summary>
    /// <param name="subject">The subject, without wildcards.</param>
    /// <param name="heldMax">Messages that wait to be read.</param>
    public NatsListener Listen(string subject, int heldMax)
    {
        Names.RequireSubject(subject);
        return new NatsListener(Subscribers, subject, heldMax);
    }

    private static bool TryWrite(Link here, string subject, ReadOnlySpan<byte> body) => here.Outbox.TryWrite(
        Lane.Publish, new MessageFrame(Encoding.ASCII.GetBytes(subject), replyTo: default, body));
}
