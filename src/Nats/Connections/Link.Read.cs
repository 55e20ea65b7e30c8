namespace EventLedger.Nats;

internal sealed partial class Link
{
    // The read loop never waits for anything but bytes: a handler that holds it up would hold up every answer.
    private async Task ReadAsync()
    {
        var received = opened.Received;

        while (true)
        {
            received.MakeRoom(ReadFrames(received));
            var count = await opened.Transport.Stream.ReadAsync(received.Free, ended.Token);
            received.Fill(count > 0 ? count : throw new NatsException("The server closed the connection."));
        }
    }

    private int ReadFrames(ReceiveBuffer received)
    {
        while (true)
        {
            var consumed = FrameParser.Read(
                received.Filled, options.ReceivedBytesMax, out var frame, out var wanted);

            if (consumed == 0)
            {
                return wanted;
            }

            Take(frame);
            received.Consume(consumed);
        }
    }

    private void Take(in Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Message:
                subscribers.Dispatch(frame);
                break;
            case FrameKind.Ping:
                Outbox.OwePong();
                break;
            case FrameKind.Pong:
                TakePong();
                break;
            case FrameKind.Info:
                Info = ServerInfo.Parse(frame.Body);
                InfoChanged?.Invoke(this);
                break;
            case FrameKind.Error:
                TakeError(ServerError.Text(frame));
                break;
        }
    }

    private void TakeError(string text)
    {
        if (ServerError.AsPermissionViolation(text) is { } violation)
        {
            subscribers.Refuse(violation);
        }
        else if (!ServerError.LeavesConnectionOpen(text))
        {
            throw new NatsException($"The server ended the connection: {text}.");
        }
    }
}
