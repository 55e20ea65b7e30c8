namespace EventLedger.Nats;

/// <summary>JetStream refused, or didn't answer in time.</summary>
/// <param name="message">What was refused, and why.</param>
/// <param name="errorCode">JetStream's own number for the reason; 0 where it gave none.</param>
/// <param name="canRetry">Whether the same request may succeed later.</param>
/// <param name="inner">What lies behind it.</param>
public class JetStreamException(string message, int errorCode, bool canRetry, Exception? inner = null)
    : NatsException(message, inner)
{
    /// <summary>JetStream's own number for the reason (<c>err_code</c>); 0 where it gave none.</summary>
    public int ErrorCode { get; } = errorCode;

    /// <summary>Whether the same request, under the same message id, may succeed later.</summary>
    public bool CanRetry { get; } = canRetry;
}

/// <summary>A stream or consumer is not what was asked for, and changing it could lose messages.</summary>
/// <param name="what">The stream or consumer.</param>
/// <param name="setting">The setting's name, as JetStream has it.</param>
/// <param name="asked">The value asked for.</param>
/// <param name="found">The value found, or the reason why the one asked for is refused.</param>
public sealed class ConfigurationDriftException(string what, string setting, string asked, string found)
    : JetStreamException($"{what}: {setting} should be {asked}; {found}.", errorCode: 0, canRetry: false)
{
    /// <summary>The setting's name, as JetStream has it.</summary>
    public string Setting { get; } = setting;

    /// <summary>The value asked for.</summary>
    public string Asked { get; } = asked;

    /// <summary>The value found, or the reason why the one asked for is refused.</summary>
    public string Found { get; } = found;
}
