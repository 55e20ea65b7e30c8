using System.Buffers.Binary;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.IdentityModel.Tokens;

namespace EventLedger.Ledger.Http;

/// <summary>
/// Tokens that were checked a moment ago, so that a client that sends hundreds a second has one checked a minute.
/// They are known by their hash: finding one tells nothing about its bytes, and none is kept.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class TokenCache(TimeProvider time) : IDisposable
{
    /// <summary>The most tokens that are remembered; another one is checked each time.</summary>
    public const int TokensMax = 10_000;

    /// <summary>
    /// How long a token is remembered at most, and so how long a key that an authority took back may still work.
    /// </summary>
    public static readonly TimeSpan RememberedFor = TimeSpan.FromMinutes(1);

    private readonly MemoryCache cache = new(new MemoryCacheOptions { SizeLimit = TokensMax });

    /// <summary>Whose token it is; null unless it was checked lately and is still good.</summary>
    /// <param name="token">The token.</param>
    /// <param name="keys">Our own keys: one that is no longer among them signs nothing; null with an authority.</param>
    public ClaimsPrincipal? Find(string token, TokenKeys? keys = null) =>
        cache.TryGetValue(KeyOf(token), out Entry? entry) && time.GetUtcNow() < entry!.GoodUntil
        && (keys is null || (entry.Key is not null && keys.Hold(entry.Key)))
            ? entry.Caller
            : null;

    /// <summary>Remembers a token that was checked.</summary>
    /// <param name="token">The token.</param>
    /// <param name="caller">Whose it is.</param>
    /// <param name="expires">From when on it must not be taken any more.</param>
    /// <param name="key">What it is signed with.</param>
    public void Remember(string token, ClaimsPrincipal caller, DateTimeOffset expires, SecurityKey? key = null)
    {
        var forgotten = time.GetUtcNow() + RememberedFor;
        var entry = new Entry(caller, expires < forgotten ? expires : forgotten, key);
        var options = new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = RememberedFor };
        cache.Set(KeyOf(token), entry, options);
    }

    /// <inheritdoc/>
    public void Dispose() => cache.Dispose();

    private static UInt128 KeyOf(string token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private sealed record Entry(ClaimsPrincipal Caller, DateTimeOffset GoodUntil, SecurityKey? Key);
}
