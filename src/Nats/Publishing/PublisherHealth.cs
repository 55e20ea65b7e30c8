namespace EventLedger.Nats;

/// <summary>How a publisher is.</summary>
/// <param name="InFlight">Messages that wait for their acknowledgement.</param>
/// <param name="Waiting">Messages that wait for a place.</param>
/// <param name="Oldest">How long ago the oldest of either was published.</param>
/// <param name="LastProgress">When a message was last acknowledged.</param>
public sealed record PublisherHealth(int InFlight, int Waiting, TimeSpan Oldest, DateTimeOffset? LastProgress);
