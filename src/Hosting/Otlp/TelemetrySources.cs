namespace EventLedger.Hosting.Otlp;

/// <summary>What a program tells of itself, besides what the framework does.</summary>
/// <param name="Service">Its name, unless <c>OTEL_SERVICE_NAME</c> gives another.</param>
/// <param name="Meters">The names of its meters.</param>
/// <param name="Activities">The names of its activity sources.</param>
public sealed record TelemetrySources(
    string Service, IReadOnlyList<string> Meters, IReadOnlyList<string> Activities);
