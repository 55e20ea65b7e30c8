using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace EventLedger.Ledger.Http;

/// <summary>The keys of an OIDC authority, from its discovery document.</summary>
internal static class TokenAuthority
{
    /// <summary>
    /// How often a token with an unknown key makes the keys be loaded again at most: who sends made-up ones makes the
    /// authority no trouble.
    /// </summary>
    public static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(30);

    /// <summary>What tokens may be signed with: nothing that the public keys could make.</summary>
    public static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private const int DocumentBytesMax = 1024 * 1024;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>The authority's keys, loaded when first asked for, and twice a day.</summary>
    public static ConfigurationManager<OpenIdConnectConfiguration> Open(Uri authority)
    {
        // Otherwise the first token with a new key would be refused while the key is being loaded.
        AppContext.SetSwitch("Switch.Microsoft.IdentityModel.UpdateConfigAsBlocking", true);
        var client = new HttpClient { Timeout = AnswerLimit, MaxResponseContentBufferSize = DocumentBytesMax };

        return new(
            $"{authority.ToString().TrimEnd('/')}/.well-known/openid-configuration",
            new OpenIdConnectConfigurationRetriever(),
            new HttpDocumentRetriever(client) { RequireHttps = authority.Scheme == Uri.UriSchemeHttps })
        {
            RefreshInterval = RefreshInterval,
        };
    }
}

/// <summary>The authority's keys were never loaded, so nobody can tell whether a token is good.</summary>
/// <param name="fault">Why.</param>
internal sealed class AuthorityUnreachableException(Exception fault)
    : Exception("the authority has not answered", fault);
