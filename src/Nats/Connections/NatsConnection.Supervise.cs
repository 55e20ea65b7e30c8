using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;

namespace EventLedger.Nats;

public sealed partial class NatsConnection
{
    // A connection that lived this long was worth having: the next attempt is immediate again.
    private static readonly TimeSpan StableAfter = TimeSpan.FromSeconds(1);

    [SuppressMessage("Design", "CA1031", Justification = "Closing interrupts connecting in several ways.")]
    private async Task SuperviseAsync()
    {
        var backoff = new Backoff(options.ReconnectDelayMin, options.ReconnectDelayMax);

        try
        {
            while (true)
            {
                // A thread that reads sockets must not be held by the file that the URL is read from.
                await Task.Delay(backoff.Next(), time, closing.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

                if (await TryConnectAsync() is { } opened)
                {
                    var since = time.GetTimestamp();
                    await LiveAsync(opened);

                    if (time.GetElapsedTime(since) >= StableAfter)
                    {
                        backoff.Reset();
                    }
                }
            }
        }
        catch (Exception) when (closing.IsCancellationRequested)
        {
            Subscribers.Disconnect(new NatsDisconnectedException("The connection is closed."));
        }
    }

    // Wrong credentials and a wrong certificate are tried again too: they are repaired on the server's side.
    [SuppressMessage("Design", "CA1031", Justification = "No failure to connect may end the attempts.")]
    private async Task<Link?> TryConnectAsync()
    {
        TakeUrl();
        var server = pool.Next();

        try
        {
            var opened = await Handshake.PerformAsync(server, options, time, closing.Token);
            pool.Merge(opened.Info.ConnectUrls, server);
            return new Link(opened, server, Subscribers, options, time) { InfoChanged = TakeInfo };
        }
        catch (Exception e) when (!closing.IsCancellationRequested)
        {
            LogConnectFailed(server, e.Message);
            Announce(new NatsStateChange(State, server.ToString(), e));
            return null;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "An URL that can't be read leaves the one before.")]
    private void TakeUrl()
    {
        try
        {
            if (options.ReadUrl?.Invoke() is { } now && now != url)
            {
                pool.Reseed(ServerAddress.ParseAll(now));
                url = now;
            }
        }
        catch (Exception wrong)
        {
            LogUrlKept(wrong.Message);
        }
    }

    private async Task LiveAsync(Link opened)
    {
        using var closed = closing.Token.Register(
            () => opened.Fail(new NatsDisconnectedException("The connection is closed.")));

        LogConnected(opened.Server, opened.Info.Version);
        Telemetry.Connects.Add(1);
        var running = opened.RunAsync();
        link = opened;
        Subscribers.Connect(opened);
        Move(NatsState.Connected, reason: null);

        var reason = await running;

        Subscribers.Disconnect(reason);
        link = null;
        LogDisconnected(opened.Server, reason.Message);
        Telemetry.Disconnects.Add(1);
        Move(NatsState.Connecting, reason);
    }

    private void TakeInfo(Link changed)
    {
        pool.Merge(changed.Info.ConnectUrls, changed.Server);

        if (changed.Info.LameDuckMode && pool.Count > 1)
        {
            _ = LeaveAsync(changed);
        }
    }

    // What was sent is answered first; what isn't then is sent again, under the same id, to the next server.
    [SuppressMessage("Design", "CA1031", Justification = "The connection is left either way.")]
    private async Task LeaveAsync(Link lame)
    {
        using var timer = new CancellationTokenSource(options.HandshakeTimeout, time);

        try
        {
            await lame.FlushAsync(timer.Token);
        }
        catch (Exception e)
        {
            LogLeftUnanswered(lame.Server, e.Message);
        }

        lame.Fail(new NatsException("The server is about to stop."));
    }

    [LoggerMessage(LogLevel.Information, "Connected to {Server}, version {Version}.")]
    private partial void LogConnected(ServerAddress server, string version);

    [LoggerMessage(LogLevel.Warning, "No connection to {Server}: {Reason}")]
    private partial void LogConnectFailed(ServerAddress server, string reason);

    [LoggerMessage(LogLevel.Error, "The broker's URL can't be read again, so the last one counts: {Reason}")]
    private partial void LogUrlKept(string reason);

    [LoggerMessage(LogLevel.Warning, "Lost the connection to {Server}: {Reason}")]
    private partial void LogDisconnected(ServerAddress server, string reason);

    [LoggerMessage(LogLevel.Information, "Left {Server}, which is about to stop, before it answered: {Reason}")]
    private partial void LogLeftUnanswered(ServerAddress server, string reason);
}
