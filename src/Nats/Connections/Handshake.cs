namespace EventLedger.Nats;

/// <summary>Opens a connection: TCP, the server's first line, TLS where asked, login, and its pong.</summary>
internal static class Handshake
{
    /// <summary>A server that has accepted us, with what it sent after that.</summary>
    public sealed record Result(Transport Transport, ReceiveBuffer Received, ServerInfo Info);

    public static async Task<Result> PerformAsync(
        ServerAddress server, NatsOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var transport = await Within(
            options.ConnectTimeout, $"connecting to {server}", time,
            limit => Transport.ConnectAsync(server, limit), cancellation);

        try
        {
            return await ShakeAsync(transport, server, options, time, cancellation);
        }
        catch
        {
            transport.Dispose();
            throw;
        }
    }

    // Each step has its own limit: a stopped server accepts the connection and then says nothing at all.
    private static async Task<Result> ShakeAsync(
        Transport transport,
        ServerAddress server,
        NatsOptions options,
        TimeProvider time,
        CancellationToken cancellation)
    {
        var received = new ReceiveBuffer();
        var info = await Within(
            options.HandshakeTimeout, $"the first line of {server}", time,
            limit => ReadFirstInfoAsync(transport, received, limit), cancellation);
        var isTls = WantsTls(server, options, info);

        if (isTls)
        {
            // Anything that came in the clear after the first line may be a stranger's.
            if (!received.Filled.IsEmpty)
            {
                throw new NatsProtocolException("The server spoke in the clear when it should begin TLS.");
            }

            await Within(
                options.HandshakeTimeout, $"TLS with {server}", time,
                async limit =>
                {
                    await transport.UpgradeToTlsAsync(server, options.Tls, limit);
                    return true;
                },
                cancellation);
        }

        info = await Within(
            options.HandshakeTimeout, $"the login at {server}", time,
            limit => LogInAsync(transport, received, info, Login.Compose(server, options.Name, isTls), limit),
            cancellation);
        return new Result(transport, received, info);
    }

    private static bool WantsTls(ServerAddress server, NatsOptions options, ServerInfo info)
    {
        var isRequiredByUs = server.Tls || options.Tls is { Required: true };

        if (isRequiredByUs && !info.TlsRequired && !info.TlsAvailable)
        {
            throw new NatsException($"TLS is required here and {server} doesn't offer it.");
        }

        return isRequiredByUs || info.TlsRequired;
    }

    private static async Task<ServerInfo> ReadFirstInfoAsync(
        Transport transport, ReceiveBuffer received, CancellationToken cancellation)
    {
        while (true)
        {
            if (TryReadFirstInfo(received, out var info, out var wanted))
            {
                return info;
            }

            await ReadMoreAsync(transport, received, wanted, cancellation);
        }
    }

    private static bool TryReadFirstInfo(ReceiveBuffer received, out ServerInfo info, out int wanted)
    {
        info = null!;
        var consumed = FrameParser.Read(received.Filled, messageBytesMax: 0, out var frame, out wanted);

        if (consumed == 0)
        {
            return false;
        }

        info = frame.Kind == FrameKind.Info
            ? ServerInfo.Parse(frame.Body)
            : throw new NatsProtocolException($"The server's first line is {frame.Kind}, not INFO.");
        received.Consume(consumed);
        return true;
    }

    private static async Task<ServerInfo> LogInAsync(
        Transport transport,
        ReceiveBuffer received,
        ServerInfo info,
        ReadOnlyMemory<byte> login,
        CancellationToken cancellation)
    {
        await transport.Stream.WriteAsync(login, cancellation);
        await transport.Stream.FlushAsync(cancellation);

        while (true)
        {
            if (TryReadPong(received, ref info, out var wanted))
            {
                return info;
            }

            if (wanted > 0)
            {
                await ReadMoreAsync(transport, received, wanted, cancellation);
            }
        }
    }

    // False with nothing wanted: a frame was read, and it was not the one.
    private static bool TryReadPong(ReceiveBuffer received, ref ServerInfo info, out int wanted)
    {
        var consumed = FrameParser.Read(received.Filled, messageBytesMax: 0, out var frame, out wanted);

        if (consumed == 0)
        {
            return false;
        }

        wanted = 0;
        info = frame.Kind == FrameKind.Info ? ServerInfo.Parse(frame.Body) : info;
        var isPong = frame.Kind == FrameKind.Pong;

        if (frame.Kind == FrameKind.Error)
        {
            throw new NatsException($"The server refused the login: {ServerError.Text(frame)}.");
        }

        received.Consume(consumed);
        return isPong;
    }

    private static async Task ReadMoreAsync(
        Transport transport, ReceiveBuffer received, int wanted, CancellationToken cancellation)
    {
        received.MakeRoom(wanted);
        var count = await transport.Stream.ReadAsync(received.Free, cancellation);
        received.Fill(count > 0 ? count : throw new NatsException("The server closed the connection."));
    }

    private static async Task<T> Within<T>(
        TimeSpan limit,
        string what,
        TimeProvider time,
        Func<CancellationToken, Task<T>> step,
        CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);

        try
        {
            return await step(both.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new NatsException($"Gave up on {what} after {limit.TotalSeconds:0.###} s.");
        }
    }
}
