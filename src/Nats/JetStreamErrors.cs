namespace EventLedger.Nats;

/// <summary>What JetStream's error numbers mean. The texts change between versions, numbers don't.</summary>
public static class JetStreamErrors
{
    /// <summary>The message is larger than the stream or the server allows; it can never be stored.</summary>
    public const int MessageTooLarge = 10054;

    /// <summary>The message's headers are larger than the server allows; it can never be stored.</summary>
    public const int HeadersTooLarge = 10097;

    internal const int None = 0;
    internal const int ConsumerNotFound = 10014;
    internal const int MessageNotFound = 10037;
    internal const int StreamNameInUse = 10058;
    internal const int StreamNotFound = 10059;
    internal const int ExpectedStreamMismatch = 10060;
    internal const int SubjectsOverlap = 10065;
    internal const int StreamStoreFailed = 10077;

    private const int AccountResourcesExceeded = 10002;
    private const int ClusterNotAvailable = 10008;
    private const int InsufficientResources = 10023;
    private const int NotEnabledForAccount = 10039;
    private const int StorageResourcesExceeded = 10047;
    private const int ReplicasNeedCluster = 10074;
    private const int NotEnabled = 10076;
    private const int DuplicateNotYetStored = 10158;
    private const int TooManyRequests = 10167;

    /// <summary>Whether the same request may succeed later. An unknown number with an HTTP code of 5xx may.</summary>
    internal static bool CanRetry(int errorCode, int httpCode) => errorCode switch
    {
        StreamStoreFailed or StorageResourcesExceeded or InsufficientResources or AccountResourcesExceeded
            or ClusterNotAvailable or NotEnabled or NotEnabledForAccount or TooManyRequests
            or DuplicateNotYetStored => true,
        StreamNotFound or ConsumerNotFound or ExpectedStreamMismatch or StreamNameInUse or MessageTooLarge
            or HeadersTooLarge or SubjectsOverlap or ReplicasNeedCluster => false,
        _ => httpCode >= 500,
    };
}
