namespace EventLedger.Nats;

/// <summary>The numbers that the server puts in the place of a message.</summary>
internal static class JetStreamStatus
{
    public const int IdleHeartbeat = 100;
    public const int BadRequest = 400;
    public const int NoMessages = 404;
    public const int RequestTimeout = 408;
    public const int Conflict = 409;
    public const int PreconditionFailed = 412;
    public const int Locked = 423;
    public const int NoResponders = 503;
}
