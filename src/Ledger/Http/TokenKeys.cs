using EventLedger.Hosting.Secrets;
using Microsoft.IdentityModel.Tokens;

namespace EventLedger.Ledger.Http;

/// <summary>The keys of our own that tokens may be signed with, as the file says now.</summary>
/// <param name="keys">Makes them.</param>
internal sealed class TokenKeys(Reread<SymmetricSecurityKey[]> keys)
{
    /// <summary>All of them.</summary>
    public IReadOnlyList<SymmetricSecurityKey> Current => keys.Current;

    /// <summary>Whether <paramref name="key"/> is still one of them.</summary>
    public bool Hold(SecurityKey key) => key is SymmetricSecurityKey { Key: var bytes }
        && Array.Exists(keys.Current, current => current.Key.AsSpan().SequenceEqual(bytes));
}
