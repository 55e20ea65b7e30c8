using System.Globalization;
using System.Threading.RateLimiting;
using EventLedger.Ledger.Settings;
using Microsoft.AspNetCore.RateLimiting;

namespace EventLedger.Ledger.Http;

/// <summary>How much callers may ask for: so many requests a second each, and so many lists at a time.</summary>
internal static class RateLimits
{
    /// <summary>The policy of endpoints that take long lists.</summary>
    public const string Lists = "lists";

    /// <summary>Lists that are read and booked at the same time.</summary>
    public const int ListsMax = 8;

    /// <summary>Lists that wait for that; more are turned away.</summary>
    public const int ListsWaitingMax = 64;

    /// <summary>The policy of endpoints that send events, however many there are.</summary>
    public const string EventReads = "event-reads";

    /// <summary>Such answers at the same time, each on up to three connections to the database; none waits.</summary>
    public const int EventReadsMax = 8;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Sets the limits.</summary>
    public static IServiceCollection AddRateLimits(this IServiceCollection services, LedgerSettings settings)
    {
        var perSecond = settings.RequestsPerSecond;

        return services.AddRateLimiter(limits =>
        {
            limits.OnRejected = RejectAsync;
            limits.AddConcurrencyLimiter(Lists, lists =>
            {
                lists.PermitLimit = ListsMax;
                lists.QueueLimit = ListsWaitingMax;
            });

            limits.AddConcurrencyLimiter(EventReads, reads => reads.PermitLimit = EventReadsMax);

            if (perSecond is { } requests)
            {
                limits.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(
                    context => LimitOf(context, requests));
            }
        });
    }

    // By the token's subject, so that an address that many share isn't one caller. Who has no token is asked for one.
    private static RateLimitPartition<string> LimitOf(HttpContext context, int requests) =>
        context.User.Identity is { IsAuthenticated: true }
            ? RateLimitPartition.GetTokenBucketLimiter(
                context.User.Name(),
                _ => new()
                {
                    TokenLimit = requests,
                    TokensPerPeriod = requests,
                    ReplenishmentPeriod = Second,
                    QueueLimit = 0,
                })
            : RateLimitPartition.GetNoLimiter("");

    private static async ValueTask RejectAsync(OnRejectedContext rejected, CancellationToken cancellation)
    {
        var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var told) && told > Second
            ? told
            : Second;
        var seconds = (int)Math.Ceiling(wait.TotalSeconds);
        rejected.HttpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        await Problems.Of(StatusCodes.Status429TooManyRequests, $"too many requests; try again in {seconds} s")
            .ExecuteAsync(rejected.HttpContext);
    }
}
