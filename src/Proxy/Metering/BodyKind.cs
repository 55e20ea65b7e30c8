namespace EventLedger.Proxy.Metering;

/// <summary>What a response's body is, by its media type.</summary>
internal enum BodyKind
{
    /// <summary>Nothing that states usage.</summary>
    Other,

    /// <summary>A JSON document.</summary>
    Document,

    /// <summary>A stream of events.</summary>
    Events,
}
