using System.Security.Cryptography;
using System.Text;
using EventLedger.Hosting.Secrets;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>Lets in who sends the nodes' secret; without one set, what it guards isn't there.</summary>
/// <param name="hash">The secret's <see cref="HashOf"/>, as its file says now.</param>
internal sealed class AdminSecret(Reread<byte[]> hash)
{
    /// <summary>The header that carries it.</summary>
    public const string Header = "X-Hero-Onboarding-Admin-Secret";

    /// <summary>What is kept of a secret; empty where none is set.</summary>
    public static byte[] HashOf(string? secret) =>
        secret is null ? [] : SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>Why the caller isn't let in: 404 with no secret set, 401 with none sent, 403 for another.</summary>
    public ProblemHttpResult? Refuse(HttpRequest request)
    {
        if (hash.Current is not { Length: > 0 } expected)
        {
            return Problems.Of(StatusCodes.Status404NotFound, "this endpoint is off: ADMIN_SECRET is not set");
        }

        var sent = request.Headers[Header];

        if (string.IsNullOrEmpty(sent))
        {
            return Problems.Of(StatusCodes.Status401Unauthorized, $"the header {Header} is missing");
        }

        // Of their hashes, which are of one length: the time that it takes says nothing about the secret.
        return CryptographicOperations.FixedTimeEquals(HashOf(sent.ToString()), expected)
            ? null
            : Problems.Of(StatusCodes.Status403Forbidden, $"the header {Header} is not ADMIN_SECRET");
    }
}
