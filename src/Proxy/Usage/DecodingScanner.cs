namespace EventLedger.Proxy.Usage;

/// <summary>Scans what a compressed response holds, as it flows by.</summary>
internal sealed class DecodingScanner(IUsageScanner inner, ContentCodec codec) : IUsageScanner
{
    private const int DecodedBytes = 16 * 1024;

    private readonly FedStream encoded = new();
    private readonly byte[] decoded = new byte[DecodedBytes];
    private Stream? decoding;
    private bool isBroken;

    /// <inheritdoc/>
    public UsageBlock Usage => inner.Usage;

    /// <inheritdoc/>
    public string? Model => inner.Model;

    /// <inheritdoc/>
    public bool IsComplete => inner.IsComplete;

    /// <inheritdoc/>
    public void Scan(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !isBroken && !IsComplete)
        {
            bytes = bytes[encoded.Feed(bytes)..];
            Decode();
        }
    }

    /// <inheritdoc/>
    public void End()
    {
        if (!isBroken)
        {
            inner.End();
        }
    }

    // The decoders take an empty read for "not yet" and go on when there is more; tests hold the runtime to it.
    private void Decode()
    {
        try
        {
            decoding ??= codec.Decode(encoded, encoded.First);

            while (decoding.Read(decoded) is > 0 and var count)
            {
                inner.Scan(decoded.AsSpan(0, count));
            }
        }
        catch (Exception malformed) when (malformed is InvalidDataException or InvalidOperationException)
        {
            isBroken = true;
            Usage.Spoil(UnmeteredReason.Encoding);
        }
    }
}
