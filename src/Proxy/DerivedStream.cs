namespace EventLedger.Proxy;

/// <summary>A stream that is made of the bytes of another one, and ends it with itself.</summary>
internal abstract class DerivedStream(Stream source) : ReadOnlyStream
{
    /// <summary>Where its bytes come from.</summary>
    protected Stream Source => source;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}
