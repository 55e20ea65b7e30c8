namespace EventLedger.Nats;

/// <summary>What JetStream's error numbers mean. The texts change between versions, numbers don't.</summary>
internal static class JetStreamErrors
{
    public const int None = 0;
    public const int ConsumerNotFound = 10014;
    public const int StreamNameInUse = 10058;
    public const int StreamNotFound = 10059;
    public const int ExpectedStreamMismatch = 10060;
    public const int StreamStoreFailed = 10077;
    public const int MessageTooLarge = 10054;
    public const int HeadersTooLarge = 10097;

    public const int SubjectsOverlap = 10065;
    private const int ReplicasNeedCluster = 10074;
    private const int InsufficientResources = 10023;
    private const int AccountResourcesExceeded = 10002;
    private const int ClusterNotAvailable = 10008;
    private const int NotEnabledForAccount = 10039;
    private const int StorageResourcesExceeded = 10047;
    private const int NotEnabled = 10076;
    private const int TooManyRequests = 10167;
    private const int DuplicateNotYetStored = 10158;

    /// <summary>Whether the same request may succeed later. An unknown number with an HTTP code of 5xx may.</summary>
    public static bool CanRetry(int errorCode, int httpCode) => errorCode switch
    {
        StreamStoreFailed or StorageResourcesExceeded or InsufficientResources or AccountResourcesExceeded
            or ClusterNotAvailable or NotEnabled or NotEnabledForAccount or TooManyRequests
            or DuplicateNotYetStored => true,
        StreamNotFound or ConsumerNotFound or ExpectedStreamMismatch or StreamNameInUse or MessageTooLarge
            or HeadersTooLarge or SubjectsOverlap or ReplicasNeedCluster => false,
        _ => httpCode >= 500,
    };
}
