using System.Text.Json;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace EventLedger.Ledger.Http;

/// <summary>The keys of an OIDC authority, from its discovery document.</summary>
/// <param name="authority">Where it is.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Hears of failures.</param>
internal sealed partial class AuthorityKeys(Uri authority, TimeProvider time, ILogger<AuthorityKeys> logger)
{
    /// <summary>What tokens may be signed with: nothing that the public keys could make.</summary>
    public static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    /// <summary>
    /// How often an unknown key makes the keys be loaded again at most: who sends made-up ones makes the authority no
    /// trouble.
    /// </summary>
    public static readonly TimeSpan UnknownKeyInterval = TimeSpan.FromSeconds(30);

    /// <summary>How long keys are kept; one that the authority took back may work that long.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    private const int DocumentBytesMax = 1024 * 1024;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    // After a failure, so that each caller doesn't wait for one of its own.
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly string address = $"{authority.ToString().TrimEnd('/')}/.well-known/openid-configuration";
    private readonly SemaphoreSlim loading = new(1, 1);

    private readonly HttpDocumentRetriever documents = new(
        new HttpClient { Timeout = AnswerLimit, MaxResponseContentBufferSize = DocumentBytesMax })
    {
        RequireHttps = authority.Scheme == Uri.UriSchemeHttps,
    };

    private volatile OpenIdConnectConfiguration? current;
    private volatile Asked asked = new(DateTimeOffset.MinValue, DateTimeOffset.MinValue, DateTimeOffset.MinValue);

    /// <summary>Whom tokens must name as their issuer; null until it is known.</summary>
    public string? Issuer => current?.Issuer;

    /// <summary>The keys that a token may be signed with; all of them for one that names none.</summary>
    public IEnumerable<SecurityKey> Find(string? keyId) =>
        current?.SigningKeys.Where(key => string.IsNullOrEmpty(keyId) || key.KeyId == keyId) ?? [];

    /// <summary>Loads the keys, where they are missing, old, or lack the one that is asked for.</summary>
    /// <exception cref="AuthorityUnreachableException">They were never loaded, and can't be now.</exception>
    public async Task EnsureAsync(string? keyId, CancellationToken cancellation)
    {
        if (!IsToBeLoaded(keyId))
        {
            return;
        }

        await loading.WaitAsync(cancellation);

        try
        {
            // Somebody else may have loaded them meanwhile.
            if (IsToBeLoaded(keyId))
            {
                await LoadAsync();
            }
        }
        finally
        {
            loading.Release();
        }

        if (current is null)
        {
            throw new AuthorityUnreachableException();
        }
    }

    private bool IsToBeLoaded(string? keyId)
    {
        var now = time.GetUtcNow();
        var last = asked;

        return current is null || (now - last.FailedAt >= RetryInterval
            && (now - last.LoadedAt >= KeptFor || (!Find(keyId).Any() && now - last.AgainAt >= UnknownKeyInterval)));
    }

    private async Task LoadAsync()
    {
        var now = time.GetUtcNow();

        if (current is null && now - asked.FailedAt < RetryInterval)
        {
            return;
        }

        if (current is not null)
        {
            asked = asked with { AgainAt = now };
        }

        try
        {
            // Not the caller's to cancel: others wait for the same keys.
            current = await OpenIdConnectConfigurationRetriever.GetAsync(address, documents, CancellationToken.None);
            asked = asked with { LoadedAt = now };
        }
        catch (Exception fault) when (
            fault is IOException or InvalidOperationException or ArgumentException or JsonException)
        {
            // As of the end: those who waited meanwhile would each wait for a load of their own.
            asked = asked with { FailedAt = time.GetUtcNow() };
            LogUnloaded(fault, address);
        }
    }

    // When the keys were loaded, when loading failed, and when they were loaded though there were some: one record,
    // since it is read outside of the lock.
    private sealed record Asked(DateTimeOffset LoadedAt, DateTimeOffset FailedAt, DateTimeOffset AgainAt);

    [LoggerMessage(LogLevel.Warning, "The keys that tokens are signed with could not be loaded from {Address}.")]
    private partial void LogUnloaded(Exception fault, string address);
}

/// <summary>The authority's keys were never loaded, so nobody can tell whether a token is good.</summary>
internal sealed class AuthorityUnreachableException() : Exception("the authority has not answered");
