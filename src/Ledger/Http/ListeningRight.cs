using System.Globalization;
using System.Security.Claims;

namespace EventLedger.Ledger.Http;

/// <summary>
/// A caller's right to listen to an account, which may end while they do: their token expires, or the account goes to
/// another tenant. It is looked at again once an interval has passed.
/// </summary>
/// <param name="caller">Who listens.</param>
/// <param name="customerId">To whose account.</param>
/// <param name="access">Says whether they may.</param>
/// <param name="interval">How often to look.</param>
/// <param name="time">The clock.</param>
internal sealed class ListeningRight(
    ClaimsPrincipal caller, string customerId, AccountAccess access, TimeSpan interval, TimeProvider time)
{
    /// <summary>The end of a token's time.</summary>
    public const string Expired = "the token has expired; come back with another one";

    /// <summary>The end of what the caller was allowed.</summary>
    public const string Withdrawn = "the account may not be read any more";

    private long looked = time.GetTimestamp();

    /// <summary>How long nobody needs to look again.</summary>
    public TimeSpan Left => TimeSpan.FromTicks(Math.Max(0, (interval - time.GetElapsedTime(looked)).Ticks));

    /// <summary>Why it has ended; null while it goes on.</summary>
    public async ValueTask<string?> LookAsync(CancellationToken cancellation)
    {
        looked = time.GetTimestamp();

        return HasExpired() ? Expired
            : await access.MayReadAsync(caller, customerId, cancellation) ? null
            : Withdrawn;
    }

    /// <summary>The same, where it is time to look again.</summary>
    public ValueTask<string?> LookWhenDueAsync(CancellationToken cancellation) =>
        Left > TimeSpan.Zero ? default : LookAsync(cancellation);

    // An issuer may write parts of seconds, or a time that no clock will show.
    private bool HasExpired() =>
        !double.TryParse(
            caller.FindFirstValue("exp"), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
        || (time.GetUtcNow() - Authentication.ClockSkew).ToUnixTimeSeconds() >= seconds;
}
