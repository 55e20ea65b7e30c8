namespace EventLedger.Nats;

internal sealed partial class Link
{
    private const long NotWriting = 0;

    private long writingSince = NotWriting;

    private async Task WriteAsync()
    {
        var stream = opened.Transport.Stream;

        do
        {
            while (Outbox.TryTake() is { } chunk)
            {
                Volatile.Write(ref writingSince, time.GetTimestamp());
                await stream.WriteAsync(chunk.Filled, ended.Token);
                Volatile.Write(ref writingSince, NotWriting);
                Outbox.Return(chunk);
            }
        }
        while (await Outbox.WaitAsync());
    }
}
