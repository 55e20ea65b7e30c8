using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>Lets in who sends the nodes' secret; without one set, what it guards isn't there.</summary>
/// <param name="secret">The secret; null where none is set.</param>
internal sealed class AdminSecret(string? secret)
{
    /// <summary>The header that carries it.</summary>
    public const string Header = "X-Hero-Onboarding-Admin-Secret";

    private readonly byte[]? hash = secret is null ? null : Hash(secret);

    /// <summary>Why the caller isn't let in: 404 with no secret set, 401 with none sent, 403 for another.</summary>
    public ProblemHttpResult? Refuse(HttpRequest request)
    {
        if (hash is null)
        {
            return Problems.Of(StatusCodes.Status404NotFound, "this endpoint is off: ADMIN_SECRET is not set");
        }

        var sent = request.Headers[Header];

        if (string.IsNullOrEmpty(sent))
        {
            return Problems.Of(StatusCodes.Status401Unauthorized, $"the header {Header} is missing");
        }

        // Of their hashes, which are of one length: the time that it takes says nothing about the secret.
        return CryptographicOperations.FixedTimeEquals(Hash(sent.ToString()), hash)
            ? null
            : Problems.Of(StatusCodes.Status403Forbidden, $"the header {Header} is not ADMIN_SECRET");
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
