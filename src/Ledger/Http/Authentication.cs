using System.Security.Claims;
using EventLedger.Ledger.Settings;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EventLedger.Ledger.Http;

/// <summary>
/// Bearer tokens with <c>sub</c> and <c>role</c>, in their time, signed HS256 with the secret or by an OIDC authority.
/// </summary>
internal static class Authentication
{
    /// <summary>How long a token is taken past its time, since clocks differ.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(5);

    private const int KeyBytesMin = 32;
    private const string Scheme = "Bearer ";

    /// <summary>Checks tokens, and asks for one wherever an endpoint doesn't say otherwise.</summary>
    public static IServiceCollection AddTokens(this IServiceCollection services, LedgerSettings settings)
    {
        var validation = Validation(settings);
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
        {
            options.MapInboundClaims = false;
            options.TokenValidationParameters = validation;
            options.Events = new JwtBearerEvents
            {
                OnMessageReceived = RecallAsync,
                OnTokenValidated = RequireClaims,
                OnChallenge = SayUnavailableAsync,
            };
        });
        services.AddSingleton<TokenCache>();

        if (settings.TokenAuthority is { } authority)
        {
            services.Trust(authority, settings.TokenIssuer);
        }
        else
        {
            services.TrustOwnKeys(settings);
        }

        return services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new(requirements: [new DenyAnonymousAuthorizationRequirement()], []))
            .AddPolicy(Roles.Operator, policy => policy.RequireAssertion(context => context.User.IsOperator()))
            .AddPolicy(Roles.Reader, policy => policy.RequireAssertion(context => context.User.MayReadAll()))
            .Services;
    }

    /// <summary>
    /// The key of <paramref name="secret"/>. HMAC fills a short key with zeros, so doing it here changes nothing.
    /// </summary>
    public static SymmetricSecurityKey Key(byte[] secret)
    {
        var key = new byte[Math.Max(secret.Length, KeyBytesMin)];
        secret.CopyTo(key, 0);
        return new SymmetricSecurityKey(key);
    }

    private static void TrustOwnKeys(this IServiceCollection services, LedgerSettings settings)
    {
        // Asked here already: a secret that can't be used stops the start.
        _ = settings.TokenSecrets;
        services.AddSingleton(provider => new TokenKeys(new(
            () => [.. settings.TokenSecrets.Select(Key)],
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<TokenKeys>>())));
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<TokenKeys>(
            (options, own) =>
            {
                var validation = options.TokenValidationParameters;
                validation.ValidAlgorithms = [SecurityAlgorithms.HmacSha256];
                validation.IssuerSigningKeyResolver = (_, _, _, _) => own.Current;
            });
    }

    private static TokenValidationParameters Validation(LedgerSettings settings) => new()
    {
        ValidateIssuer = settings.TokenIssuer is not null,
        ValidIssuer = settings.TokenIssuer,
        ValidateAudience = settings.TokenAudience is not null,
        ValidAudience = settings.TokenAudience,
        RequireExpirationTime = true,
        ClockSkew = ClockSkew,
        RoleClaimType = "role",
        NameClaimType = "sub",
    };

    private static void Trust(this IServiceCollection services, Uri authority, string? issuer) => services
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<AuthorityKeys>(provider, authority))
        .AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
        .Configure<AuthorityKeys>((options, keys) =>
        {
            var validation = options.TokenValidationParameters;
            validation.ValidAlgorithms = AuthorityKeys.Algorithms;
            validation.IssuerSigningKeyResolver = (_, _, keyId, _) => keys.Find(keyId);
            validation.ValidateIssuer = true;
            validation.IssuerValidator = (named, _, _) => named == (issuer ?? keys.Issuer)
                ? named
                : throw new SecurityTokenInvalidIssuerException("the token is another issuer's");
        });

    private static async Task RecallAsync(MessageReceivedContext context)
    {
        if (TokenOf(context.Request) is not { } token)
        {
            return;
        }

        if (Tokens(context.HttpContext).Find(token, OwnKeys(context.HttpContext)) is { } caller)
        {
            context.Principal = caller;
            context.Success();
        }
        else if (context.HttpContext.RequestServices.GetService<AuthorityKeys>() is { } keys)
        {
            await LoadKeysAsync(keys, token, context);
        }
    }

    private static async Task LoadKeysAsync(AuthorityKeys keys, string token, MessageReceivedContext context)
    {
        try
        {
            var keyId = new JsonWebToken(token).Kid;
            await keys.EnsureAsync(keyId, context.HttpContext.RequestAborted);
        }
        catch (ArgumentException nonsense)
        {
            context.Fail(nonsense);
        }
        catch (AuthorityUnreachableException unreachable)
        {
            context.Fail(unreachable);
        }
    }

    // Clients throw away a token that is answered with 401.
    private static async Task SayUnavailableAsync(JwtBearerChallengeContext context)
    {
        if (context.AuthenticateFailure is AuthorityUnreachableException)
        {
            context.HandleResponse();
            await Problems.Unavailable(
                context.HttpContext, "the authority that signs tokens can't be reached; try again")
                .ExecuteAsync(context.HttpContext);
        }
    }

    private static Task RequireClaims(TokenValidatedContext context)
    {
        foreach (var claim in (string[])["sub", "role"])
        {
            if (string.IsNullOrEmpty(context.Principal!.FindFirstValue(claim)))
            {
                context.Fail($"the token has no {claim}");
                return Task.CompletedTask;
            }
        }

        if (TokenOf(context.Request) is { } token)
        {
            var expires = new DateTimeOffset(context.SecurityToken.ValidTo, TimeSpan.Zero) + ClockSkew;
            Tokens(context.HttpContext).Remember(
                token, context.Principal!, expires, context.SecurityToken.SigningKey);
        }

        return Task.CompletedTask;
    }

    private static string? TokenOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
    }

    private static TokenKeys? OwnKeys(HttpContext context) => context.RequestServices.GetService<TokenKeys>();

    private static TokenCache Tokens(HttpContext context) => context.RequestServices.GetRequiredService<TokenCache>();
}
