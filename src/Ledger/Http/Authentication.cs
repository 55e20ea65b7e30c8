using System.Security.Claims;
using EventLedger.Ledger.Settings;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.IdentityModel.Tokens;

namespace EventLedger.Ledger.Http;

/// <summary>Bearer tokens: signed HS256, not expired, with <c>sub</c> and <c>role</c>.</summary>
internal static class Authentication
{
    private const int KeyBytesMin = 32;
    private const string Scheme = "Bearer ";
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(5);

    /// <summary>Checks tokens, and asks for one wherever an endpoint doesn't say otherwise.</summary>
    public static IServiceCollection AddTokens(this IServiceCollection services, LedgerSettings settings)
    {
        var validation = Validation(settings);

        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
        {
            options.MapInboundClaims = false;
            options.TokenValidationParameters = validation;
            options.Events = new JwtBearerEvents { OnMessageReceived = Recall, OnTokenValidated = RequireClaims };
        });
        services.AddSingleton<TokenCache>();

        return services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new(requirements: [new DenyAnonymousAuthorizationRequirement()], []))
            .AddPolicy(Roles.Operator, policy => policy.RequireAssertion(context => context.User.IsOperator()))
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

    private static TokenValidationParameters Validation(LedgerSettings settings) => new()
    {
        IssuerSigningKey = Key(settings.TokenSecret),
        ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
        ValidateIssuer = settings.TokenIssuer is not null,
        ValidIssuer = settings.TokenIssuer,
        ValidateAudience = settings.TokenAudience is not null,
        ValidAudience = settings.TokenAudience,
        RequireExpirationTime = true,
        ClockSkew = ClockSkew,
        RoleClaimType = "role",
        NameClaimType = "sub",
    };

    private static Task Recall(MessageReceivedContext context)
    {
        if (TokenOf(context.Request) is { } token && Tokens(context.HttpContext).Find(token) is { } caller)
        {
            context.Principal = caller;
            context.Success();
        }

        return Task.CompletedTask;
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
            Tokens(context.HttpContext).Remember(token, context.Principal!, expires);
        }

        return Task.CompletedTask;
    }

    private static string? TokenOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
    }

    private static TokenCache Tokens(HttpContext context) => context.RequestServices.GetRequiredService<TokenCache>();
}
