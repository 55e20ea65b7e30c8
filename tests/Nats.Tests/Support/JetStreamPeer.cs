namespace EventLedger.Nats.Tests;

/// <summary>A scripted peer that plays a stream <c>S</c> with a consumer <c>c</c>.</summary>
internal sealed class JetStreamPeer : IAsyncDisposable
{
    private readonly ScriptedPeer peer = new();

    public string Url => peer.Url;

    /// <summary>Accepts a client with one consumer, up to where it pulls.</summary>
    public async Task<ScriptedPeer.Session> WelcomeConsumerAsync()
    {
        var session = await peer.WelcomeAsync();
        await session.ExpectSubscriptionAsync();
        await session.ExpectSubscriptionAsync();
        await AnswerInspectionAsync(session, await session.ExpectAsync("PUB $JS.API.CONSUMER.INFO.S.c"));
        return session;
    }

    public static async Task AnswerInspectionAsync(ScriptedPeer.Session session, string request)
    {
        const string Created = "\"created\":\"2026-01-01T00:00:00Z\"";
        await session.ReplyAsync(request, "", $$"""{"name":"c","config":{"max_ack_pending":1000},{{Created}}}""");
        var stream = await session.ExpectAsync("PUB $JS.API.STREAM.INFO.S");
        await session.ReplyAsync(stream, "", $$"""{"config":{"name":"S"},"state":{},{{Created}}}""");
    }

    /// <summary>Serves a pull with one message.</summary>
    public static Task DeliverAsync(ScriptedPeer.Session session, string pull, int sequence, string body) =>
        DeliverAsync(session, pull, $"$JS.ACK.S.c.1.{sequence}.{sequence}.1700000000000000000.0", body);

    public static Task DeliverAsync(ScriptedPeer.Session session, string pull, string replyTo, string body)
    {
        var inbox = pull.Split(' ')[2];
        var subscription = session.Subscriptions[inbox[..(inbox.LastIndexOf('.') + 1)] + "*"];
        return session.DeliverAsync("s", subscription, replyTo, "", body);
    }

    public ValueTask DisposeAsync() => peer.DisposeAsync();
}
